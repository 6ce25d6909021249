// The recordings, read once: turns by NPC in order of time, frames, misses; and what is shown of it.

const recordings = JSON.parse(document.getElementById("data").textContent).map(read);
const KINDS = ["queue", "connect", "network", "prefill", "decode", "frame_wait", "query", "game"];
const HAS_B = recordings.length > 1;

const state = {
  // What is seen: from t0 to t1, in microseconds.
  t0: 0,
  t1: Math.max(...recordings.map((one) => one.end), 1),
  which: HAS_B ? "both" : "A",
  hidden: new Set(),
  chosen: null, // a turn
  miss: -1,
  query: "",
};
const npcs = [...new Set(recordings.flatMap((one) => one.npcs))];
const wholeEnd = state.t1;

function read(recording, index) {
  const byNpc = new Map(recording.npcs.map((npc) => [npc, []]));
  for (const turn of recording.turns) {
    turn.of = index;
    turn.missed = [];
    if (!byNpc.has(turn.npc)) byNpc.set(turn.npc, []);
    const list = byNpc.get(turn.npc);
    // A cause may come while the turn before still runs: what is drawn begins behind that.
    turn.from = list.length ? Math.max(turn.s, list[list.length - 1].e) : turn.s;
    turn.text = searchable(turn);
    list.push(turn);
  }
  let t = 0;
  const times = Float64Array.from(recording.frames.t, (delta) => (t += delta));
  recording.misses.forEach((miss, place) => {
    miss.place = place;
    miss.turn = miss.npc === null ? null : (byNpc.get(miss.npc) || []).find((one) => one.n === miss.n);
    if (miss.turn) miss.turn.missed.push(miss);
  });
  return { ...recording, byNpc, times, mark: index ? "B" : "A" };
}

function searchable(turn) {
  const calls = [...turn.qs, ...turn.is].map((one) => one.name);
  return [turn.npc, turn.why, turn.words, turn.outcome, turn.reason, turn.mark, ...calls]
    .filter(Boolean).join("\n").toLowerCase();
}

// The first place in a sorted list at which `key` is over a value.
function firstOver(list, value, key) {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(list[middle]) > value) high = middle; else low = middle + 1;
  }
  return low;
}

function shownRecordings() {
  return recordings.filter((one) => state.which === "both" || state.which === one.mark);
}

function shownNpcs() {
  return npcs.filter((npc) => !state.hidden.has(npc));
}

function mateOf(turn) {
  const other = recordings[1 - turn.of];
  return other ? (other.byNpc.get(turn.npc) || []).find((one) => one.n === turn.n) : undefined;
}

function matches(turn) {
  return !state.query || turn.text.includes(state.query);
}

function allMatches() {
  return shownRecordings().flatMap((one) => one.turns)
    .filter((turn) => !state.hidden.has(turn.npc) && matches(turn)).sort((a, b) => a.s - b.s);
}

function ms(us) {
  const value = us / 1000;
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function clock(us) {
  const whole = us / 1e6, minutes = Math.floor(whole / 60);
  const seconds = (whole - minutes * 60).toFixed(3).padStart(6, "0");
  return minutes ? `${minutes}:${seconds}` : `${Number(seconds).toFixed(3)} s`;
}

function spoken(name) {
  return name.replaceAll("_", " ");
}
