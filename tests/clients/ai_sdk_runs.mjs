// Vercel's AI SDK with its OpenAI provider, over HTTP, with nothing of ours beside it.
//
// Finds its packages through the folder named first on the command line. Writes one line of JSON.

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const found = createRequire(join(process.argv[2], "package.json"));
const load = (name) => import(pathToFileURL(found.resolve(name)));
const { createOpenAI } = await load("@ai-sdk/openai");
const { generateText, stepCountIs, streamText, tool } = await load("ai");
const { z } = await load("zod");

globalThis.AI_SDK_LOG_WARNINGS = false;

const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL, apiKey: process.env.OPENAI_API_KEY });
const weather = tool({
  description: "Say what the weather in a city is.",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => ({ value: `raining cats on ${city}` }),
});
const question = {
  model: openai.responses("rules"),
  system: "You are a clerk.",
  prompt: "What is the weather in Paris?",
  tools: { weather },
  stopWhen: stepCountIs(5),
};

/** Take a stream to its end; return what was said in how many steps. */
async function streamed(more) {
  const errors = [];
  const stream = streamText({ ...question, ...more, onError: ({ error }) => errors.push(String(error)) });
  const kinds = new Set();
  for await (const part of stream.fullStream) kinds.add(part.type);
  return { text: await stream.text, steps: (await stream.steps).length, kinds: [...kinds], errors };
}

const whole = await generateText(question);
const told = {
  whole: { text: whole.text, steps: whole.steps.length, tokens: whole.usage.inputTokens },
  streamed: await streamed({}),
  // It sends what was said again, instead of naming what is stored.
  unstored: await streamed({ providerOptions: { openai: { store: false } } }),
};
process.stdout.write(JSON.stringify(told) + "\n");
