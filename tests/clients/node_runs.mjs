// The openai SDK for Node.js, with nothing of ours beside it.
//
// Finds its packages through the folder named first on the command line, its server and key where
// the SDK looks for them. Reads a plan from its standard input; writes one line of JSON.

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { text } from "node:stream/consumers";

const found = createRequire(join(process.argv[2], "package.json"));
const load = (name) => import(pathToFileURL(found.resolve(name)));
const { default: OpenAI } = await load("openai");
const { ResponsesWS } = await load("openai/resources/responses/ws");

const ENDS = ["response.completed", "response.failed", "response.incomplete"];

const plan = JSON.parse(await text(process.stdin));
const client = new OpenAI({ maxRetries: 0 });

const outputs = (response) =>
  response.output
    .filter((item) => item.type === "function_call")
    .map(({ call_id, name }) => ({ type: "function_call_output", call_id, output: plan.outputs[name] }));

/** Hold a tool loop with a way to get the events of one response. */
async function loop(ask) {
  const responses = [];
  let more = {};
  for (let input = plan.input; input.length; ) {
    const events = [];
    for await (const event of ask({ ...plan.request, ...more, input })) events.push(event);
    const { response } = events.at(-1);
    responses.push({ events: events.map((event) => event.type), response });
    more = { previous_response_id: response.id };
    input = outputs(response);
  }
  return responses;
}

async function overSocket() {
  const socket = new ResponsesWS(client);
  const messages = socket.stream();
  async function* ask(request) {
    socket.send({ type: "response.create", ...request });
    while (true) {
      const { value, done } = await messages.next();
      if (done) throw new Error("the server has gone");
      if (value.type === "error") throw value.error;
      if (value.type !== "message") continue;
      yield value.message;
      if (ENDS.includes(value.message.type)) return;
    }
  }
  const responses = await loop(ask);
  socket.send({ type: "response.create", ...plan.request, input: "Hm?", previous_response_id: "resp_of_nobody" });
  const error = await new Promise((resolve) => socket.once("error", resolve));
  socket.close();
  return { responses, error: error.error.error };
}

async function overHttp() {
  const responses = await loop(async function* (request) {
    yield* await client.responses.create({ ...request, stream: true });
  });
  const { id } = responses.at(-1).response;
  const whole = await client.responses.retrieve(id);
  const items = [];
  for await (const item of client.responses.inputItems.list(id, { order: "asc", limit: 2 })) items.push(item.type);
  const collected = await client.responses
    .stream({ ...plan.request, input: plan.input, previous_response_id: id })
    .finalResponse();
  const counted = await client.responses.inputTokens.count({ model: plan.request.model, input: plan.input });
  const folded = await client.responses.compact({ model: plan.request.model, previous_response_id: id });
  const models = [];
  for await (const model of client.models.list()) models.push(model.id);
  await client.responses.delete(id);
  const gone = await client.responses.retrieve(id).catch((error) => error);
  return {
    responses,
    whole,
    items,
    collected: collected.output.map((item) => item.type),
    counted: counted.input_tokens,
    folded: folded.output.map((item) => item.type),
    models,
    gone: { kind: gone.constructor.name, status: gone.status },
  };
}

/** Ask, wait to be sent away for being too old, and ask again on the connection that follows. */
async function reconnect() {
  const codes = [];
  const socket = new ResponsesWS(client, {
    reconnect: { onReconnecting: ({ closeCode }) => void codes.push(closeCode), initialDelay: 100 },
  });
  const answered = () => new Promise((resolve) => socket.once("response.completed", resolve));
  const ask = () => socket.send({ type: "response.create", ...plan.request, input: plan.input });
  ask();
  const first = await answered();
  await new Promise((resolve) => socket.once("reconnected", resolve));
  ask();
  const second = await answered();
  socket.close();
  return { codes, ids: [first.response.id, second.response.id] };
}

const told = await { overSocket, overHttp, reconnect }[plan.how]();
process.stdout.write(JSON.stringify(told) + "\n");
