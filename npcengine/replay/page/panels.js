// Everything beside the timeline. Text from a recording is only ever put in as text.

const $ = (id) => document.getElementById(id);

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function swatch(kind) {
  const node = el("i", { class: "swatch", "aria-hidden": "true" });
  node.style.background = `var(--${kind})`;
  return node;
}

function number(text) {
  return el("span", { class: "num" }, text);
}

// --- the head ------------------------------------------------------------------------------------

function fillHead() {
  const names = recordings.map((one) => el("span", {}, HAS_B ? el("b", {}, one.mark) : null, one.name));
  $("names").replaceChildren(...names);
  const metric = (one, name) => one.metrics.find((row) => row.name === name);
  const share = (one, name) => one.shares[name] && one.shares[name][1] ? `${((100 * one.shares[name][0]) / one.shares[name][1]).toFixed(1)} %` : "–";
  const p95 = (one, name) => (metric(one, name) ? ms(metric(one, name).p[1] * 1000) : "–");
  const figures = [
    ["turns", (one) => String(one.turns.length)],
    ["goodput", (one) => share(one, "goodput")],
    ["first reaction p95", (one) => `${p95(one, "first_reaction")} ms`],
    ["turn p95", (one) => `${p95(one, "turn")} ms`],
    ["stale drops", (one) => share(one, "stale_drops")],
    ["cost per hour", (one) => (one.cost[0] === null ? "–" : `${one.cost[0].toFixed(3)} ${one.cost[1]}`)],
    ["validity", (one) => ["suspect", "void"].filter((mark) => one.validity[mark]).map((mark) => `${one.validity[mark]} ${mark}`).join(", ") || "all valid"],
  ];
  $("figures").replaceChildren(...figures.map(([title, value]) => {
    const text = recordings.map(value).join(HAS_B ? "  →  " : "");
    return el("div", { class: "figure" }, el("span", {}, title), el("b", {}, text));
  }));
}

function fillLegend() {
  const used = new Set(recordings.flatMap((one) => one.turns.flatMap((turn) => turn.legs.map((leg) => leg[0]))));
  const legs = KINDS.filter((kind) => used.has(kind)).map((kind) => el("span", {}, swatch(kind), spoken(kind)));
  $("legend").replaceChildren(...legs, el("span", {}, swatch("accent"), "action"), el("span", {}, "◇ first sign"));
}

function fillNpcs(onChange) {
  $("npcs").replaceChildren(...npcs.map((npc) => {
    const button = el("button", { type: "button", "aria-pressed": String(!state.hidden.has(npc)), title: "Click to hide or show; double click for this one alone" }, npc);
    button.addEventListener("click", () => {
      if (state.hidden.has(npc)) state.hidden.delete(npc); else state.hidden.add(npc);
      button.setAttribute("aria-pressed", String(!state.hidden.has(npc)));
      onChange();
    });
    button.addEventListener("dblclick", () => {
      const isAlone = state.hidden.size === npcs.length - 1 && !state.hidden.has(npc);
      state.hidden = new Set(isAlone ? [] : npcs.filter((one) => one !== npc));
      fillNpcs(onChange);
      onChange();
    });
    return button;
  }));
}

function fillWhich(onChange) {
  if (!HAS_B) return;
  $("which").replaceChildren(...["A", "both", "B"].map((which) =>
    el("button", { type: "button", "aria-pressed": String(state.which === which), onclick: () => onChange(which) }, which === "both" ? "A + B" : which)));
}

// --- misses and figures --------------------------------------------------------------------------

function listedMisses() {
  return shownRecordings().flatMap((one) => one.misses.map((miss) => ({ ...miss, recording: one })))
    .filter((miss) => miss.npc === null || !state.hidden.has(miss.npc))
    .filter((miss) => !state.query || (miss.turn ? matches(miss.turn) : false));
}

function fillMisses(onChoose) {
  const misses = listedMisses(), total = shownRecordings().reduce((sum, one) => sum + one.missed, 0);
  $("miss-count").textContent = misses.length === total ? total : `${misses.length} of ${total}`;
  const items = misses.map((miss, place) => {
    const who = miss.npc === null ? `frame ${miss.tick}` : `${miss.npc}, turn ${miss.n}`;
    const over = miss.limit && miss.ms !== null ? `${(miss.ms / miss.limit).toFixed(1)}×` : spoken(miss.what);
    const of = miss.query ? `${spoken(miss.what)} ${miss.query}` : spoken(miss.what);
    const what = miss.ms === null ? `the turn was ${miss.what}` : `${of} ${ms(miss.ms * 1000)} ms, limit ${ms(miss.limit * 1000)}`;
    const isStop = place === Math.max(state.miss, 0);
    return el("li", {}, el("button", { type: "button", tabindex: isStop ? "0" : "-1", "aria-current": String(place === state.miss), onclick: () => onChoose(place) },
      el("span", { class: "who" }, HAS_B ? `${miss.recording.mark}  ${who}` : who), el("span", { class: "over" }, over),
      el("span", { class: "what" }, what), el("span", { class: "at" }, clock(miss.t)),
      miss.cause ? el("span", { class: "cause" }, swatch(miss.cause), `mostly ${spoken(miss.cause)}`) : null));
  });
  $("misses").replaceChildren(...(items.length ? items : [el("li", { class: "empty" }, "Nothing was missed.")]));
}

function fillTable() {
  const tables = shownRecordings().map((one) => {
    const head = el("tr", {}, ...["", "n", "p50", "p95", "max"].map((text) => el("th", { scope: "col" }, text)));
    const rows = one.metrics.map((row) => {
      const figures = [row.p[0], row.p[1], row.p[3]].map((value) => el("td", {}, row.unit === "ms" ? ms(value * 1000) : String(value)));
      return el("tr", { title: `${row.title}, ${row.unit}` }, el("td", {}, spoken(row.name)), el("td", {}, row.n.toLocaleString("en-US")), ...figures);
    });
    const shares = Object.entries(one.shares).map(([name, [part, whole]]) =>
      el("tr", {}, el("td", {}, spoken(name)), el("td", { colspan: "4" }, whole ? `${((100 * part) / whole).toFixed(1)} %  (${part} of ${whole})` : "–")));
    const caption = el("caption", {}, HAS_B ? `${one.mark}  ${one.name}` : "Times in ms");
    return el("table", {}, caption, head, ...rows, ...shares);
  });
  $("table").replaceChildren(...tables);
}

// --- the chosen turn -----------------------------------------------------------------------------

function fillDetails() {
  const turn = state.chosen;
  if (!turn) {
    $("details").replaceChildren(el("p", { class: "hint" }, "Choose a turn: click one, press n, or take a miss from the list."));
    return;
  }
  const mate = HAS_B ? mateOf(turn) : undefined;
  const calls = [...turn.qs.map(callOf), ...turn.is.map((one) => intentionOf(one, turn))];
  const right = el("div", {}, el("h3", {}, calls.length ? "Queries and intentions" : "No calls"), ...calls,
    turn.words ? el("p", { class: "says" }, turn.words) : null);
  const left = el("div", {}, el("h3", {}, "Where the time went"), ...turn.legs.map((leg) => legOf(leg, turn)), mate ? compared(turn, mate) : null);
  $("details").replaceChildren(headOf(turn), el("div", { class: "columns" }, left, right));
}

function headOf(turn) {
  const tags = turn.missed.map((miss) => el("span", { class: "tag bad" }, `${spoken(miss.what)} missed`));
  if (turn.mark !== "valid") tags.push(el("span", { class: "tag" }, turn.markWhy ? `${turn.mark}: ${turn.markWhy}` : turn.mark));
  const title = `${HAS_B ? `${recordings[turn.of].mark}  ` : ""}${turn.npc}, turn ${turn.n}`;
  const sign = turn.sign ? `first sign (${turn.sign[0]}) after ${ms(turn.sign[1] - turn.s)} ms${turn.tick === null ? "" : `, ${Math.max(turn.sign[2] - turn.tick, 0)} frames`}` : "nothing to be seen";
  return el("div", { class: "line" }, el("h2", {}, title), number(`${ms(turn.e - turn.s)} ms`), el("span", {}, turn.outcome || "still running"),
    el("span", {}, sign), el("span", {}, `at ${clock(turn.s)}`), ...tags, turn.why ? el("span", {}, `“${turn.why}”`) : null);
}

function legOf([kind, begin, end, what], turn) {
  const span = Math.max(turn.e - turn.s, 1), fill = el("i");
  fill.style.left = `${(100 * (begin - turn.s)) / span}%`;
  fill.style.width = `${(100 * (end - begin)) / span}%`;
  fill.style.background = `var(--${kind})`;
  return el("div", { class: "leg" }, el("span", { class: "name" }, what ? `${spoken(kind)} · ${what}` : spoken(kind)),
    el("span", { class: "track" }, fill), number(`${ms(end - begin)} ms`));
}

function callOf(q) {
  const began = q.frame === null ? q.asked : Math.max(q.frame, q.asked);
  const part = (name, from, to) => (from === null || to === null ? null : el("span", {}, `${name} `, number(`${ms(Math.max(to - from, 0))} ms`)));
  return el("div", { class: "call" }, el("b", {}, q.name), el("span", { class: q.overdue ? "tag bad" : "tag" }, q.overdue ? `${q.grade}, overdue` : q.grade || "no answer"),
    el("div", { class: "parts" }, q.where === "frame" ? part("frame wait", q.asked, q.frame === null ? null : began) : el("span", {}, "no frame wait"),
      part("answer", began, q.answered), part("write", q.answered, q.written), part("next token", q.written, q.next)));
}

function intentionOf(one, turn) {
  const steps = one.steps.map(([step, made, seen, tick, fate, reason]) =>
    el("span", {}, `${step} `, number(`+${ms((seen ?? made) - turn.s)}`), tick === null ? "" : ` frame ${tick}`, fate && fate !== "delivered" ? ` ${fate}${reason ? `: ${reason}` : ""}` : ""));
  const end = one.settled.length ? one.settled[one.settled.length - 1][1] : "";
  return el("div", { class: "call" }, el("b", {}, one.name), end ? el("span", { class: "tag" }, end) : null, el("div", { class: "parts" }, ...steps));
}

function compared(turn, mate) {
  const sums = (one) => one.legs.reduce((all, [kind, begin, end]) => ({ ...all, [kind]: (all[kind] || 0) + end - begin }), {});
  const [a, b] = turn.of ? [mate, turn] : [turn, mate], [ofA, ofB] = [sums(a), sums(b)];
  const line = (name, x, y) => el("tr", {}, el("td", {}, name), ...[ms(x), ms(y), `${y > x ? "+" : ""}${ms(y - x)}`].map((text) => el("td", {}, text)));
  const kinds = KINDS.filter((kind) => ofA[kind] || ofB[kind]);
  return el("table", {}, el("caption", {}, "The same turn in both, ms"), el("tr", {}, ...["", "A", "B", "B − A"].map((text) => el("th", { scope: "col" }, text))),
    ...kinds.map((kind) => line(spoken(kind), ofA[kind] || 0, ofB[kind] || 0)), line("whole", a.e - a.s, b.e - b.s));
}

// --- under the pointer ---------------------------------------------------------------------------

function fillTip(found, event) {
  const tip = $("tip");
  tip.hidden = !found;
  if (!found) return;
  tip.replaceChildren(...tipOf(found));
  const stage = tip.parentElement.getBoundingClientRect();
  const [x, y] = [event.clientX - stage.left, event.clientY - stage.top];
  const flip = x + tip.offsetWidth + 24 > stage.width;
  tip.style.left = `${Math.max(flip ? x - tip.offsetWidth - 14 : x + 14, 4)}px`;
  tip.style.top = `${Math.max(Math.min(y + 16, stage.height - tip.offsetHeight - 8), 4)}px`;
}

function tipOf(found) {
  const line = (name, value) => el("div", {}, el("span", {}, name), el("span", {}, value));
  if (found.frame !== undefined) return [el("b", {}, `Frame ${found.frame}`), line("update", `${ms(found.took)} ms`), line("at", clock(found.t))];
  const lines = [];
  if (found.mark) lines.push(line(spoken(found.mark.name), clock(found.mark.t)), found.mark.text ? el("q", {}, found.mark.text) : "");
  if (!found.turn) return [el("b", {}, found.mark.npc), ...lines];
  const turn = found.turn, leg = turn.legs.find(([, begin, end]) => found.t >= begin && found.t < end);
  if (leg) lines.push(line(leg[3] ? `${spoken(leg[0])} · ${leg[3]}` : spoken(leg[0]), `${ms(leg[2] - leg[1])} ms`));
  for (const q of turn.qs) if (found.t >= q.asked && found.t <= (q.answered ?? q.asked)) lines.push(line(`query ${q.name}`, q.grade));
  lines.push(line("turn", `${ms(turn.e - turn.s)} ms, ${turn.outcome || "still running"}`), line("into it", `${ms(found.t - turn.s)} ms`));
  if (turn.why) lines.push(el("q", {}, turn.why));
  return [el("b", {}, `${HAS_B ? `${recordings[turn.of].mark}  ` : ""}${turn.npc}, turn ${turn.n}`), ...lines];
}
