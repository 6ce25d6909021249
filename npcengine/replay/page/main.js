// Brings the parts together: choosing, jumping, searching, keys, light and dark.

const timeline = new Timeline($("timeline"), $("scroll"), $("space"), fillTip, choose);

function choose(turn) {
  state.chosen = turn;
  link(turn);
  fillDetails();
  timeline.draw();
}

function goTo(turn) {
  if (!turn) return;
  state.hidden.delete(turn.npc);
  if (state.which !== "both" && state.which !== recordings[turn.of].mark) show(recordings[turn.of].mark);
  timeline.fit(turn.s, turn.e);
  timeline.reveal(turn);
  choose(turn);
}

function goToMiss(place) {
  const misses = listedMisses();
  if (!misses.length) return;
  state.miss = (place + misses.length) % misses.length;
  const miss = misses[state.miss];
  if (miss.turn) goTo(miss.turn);
  else timeline.fit(miss.t - 60000, miss.t + 80000);
  const hadFocus = $("misses").contains(document.activeElement);
  fillMisses(goToMiss);
  const current = document.querySelector("#misses [aria-current=true]");
  current?.scrollIntoView({ block: "nearest" });
  if (hadFocus) current?.focus();
}

function nextTurn(by) {
  const from = state.chosen;
  if (!from) return goTo(allMatches().find((turn) => turn.e >= state.t0) || allMatches()[0]);
  const turns = recordings[from.of].byNpc.get(from.npc).filter(matches);
  return goTo(turns[turns.indexOf(from) + by]);
}

// The turn of the next NPC that runs at the same time, or next to it.
function nextNpc(by) {
  const shown = shownNpcs(), from = state.chosen;
  if (!from) return nextTurn(1);
  const npc = shown[shown.indexOf(from.npc) + by], turns = npc ? recordings[from.of].byNpc.get(npc) || [] : [];
  const near = [...turns].sort((a, b) => Math.abs(a.s - from.s) - Math.abs(b.s - from.s))[0];
  if (near) {
    timeline.reveal(near);
    choose(near);
    if (near.s > state.t1 || near.e < state.t0) timeline.fit(near.s, near.e);
  }
  return undefined;
}

function refresh() {
  fillMisses(goToMiss);
  fillTable();
  timeline.draw();
}

function show(which) {
  state.which = which;
  state.miss = -1;
  fillWhich(show);
  refresh();
}

function search(text) {
  state.query = text.trim().toLowerCase();
  state.miss = -1;
  $("matches").textContent = state.query ? String(allMatches().length) : "";
  refresh();
}

function searchNext(by) {
  const found = allMatches();
  if (state.query && found.length) goTo(found[(found.indexOf(state.chosen) + by + found.length) % found.length]);
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  $("theme").textContent = theme === "dark" ? "☀" : "☾";
  readColours();
  timeline.draw();
}

// --- the overview --------------------------------------------------------------------------------

const overview = $("overview");

function paintOverview() {
  const width = overview.clientWidth, height = overview.clientHeight, c = fitted(overview, width, height);
  const x = (t) => GUTTER + (t / wholeEnd) * (width - GUTTER);
  c.clearRect(0, 0, width, height);
  const shown = shownNpcs(), each = Math.max(Math.min((height - 10) / Math.max(shown.length, 1), 7), 1);
  shown.forEach((npc, row) => {
    for (const recording of shownRecordings()) {
      for (const turn of recording.byNpc.get(npc) || []) {
        c.fillStyle = turn.missed.length ? colours.bad : colours.decode;
        c.globalAlpha = matches(turn) ? 0.85 : 0.15;
        c.fillRect(x(turn.from), 5 + row * each, Math.max(x(turn.e) - x(turn.from), 1), Math.max(each - 1, 1));
      }
    }
  });
  c.globalAlpha = 0.5;
  c.fillStyle = colours.bg;
  const [a, b] = [x(Math.max(state.t0, 0)), x(Math.min(state.t1, wholeEnd))];
  c.fillRect(GUTTER, 0, Math.max(a - GUTTER, 0), height);
  c.fillRect(b, 0, Math.max(width - b, 0), height);
  c.globalAlpha = 1;
  c.strokeStyle = colours.accent;
  c.lineWidth = 1.5;
  c.strokeRect(a + 0.5, 1.5, Math.max(b - a - 1, 2), height - 3);
}

timeline.onPaint = paintOverview;
let isBrushing = false;

function brush(event) {
  const t = ((event.offsetX - GUTTER) / Math.max(overview.clientWidth - GUTTER, 1)) * wholeEnd;
  const half = (state.t1 - state.t0) / 2;
  timeline.show(t - half, t + half);
}

overview.addEventListener("pointerdown", (event) => {
  isBrushing = true;
  overview.setPointerCapture(event.pointerId);
  brush(event);
});
overview.addEventListener("pointermove", (event) => isBrushing && brush(event));
for (const kind of ["pointerup", "pointercancel"]) overview.addEventListener(kind, () => { isBrushing = false; });

// --- keys ----------------------------------------------------------------------------------------

const keys = {
  ArrowLeft: () => timeline.pan(-0.15),
  ArrowRight: () => timeline.pan(0.15),
  ArrowUp: () => nextNpc(-1),
  ArrowDown: () => nextNpc(1),
  "+": () => timeline.zoom(0.7),
  "=": () => timeline.zoom(0.7),
  "-": () => timeline.zoom(1 / 0.7),
  0: () => timeline.fit(0, wholeEnd),
  n: () => nextTurn(1),
  p: () => nextTurn(-1),
  j: () => goToMiss(state.miss + 1),
  k: () => goToMiss(state.miss - 1),
  f: () => state.chosen && timeline.fit(state.chosen.s, state.chosen.e),
  t: () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"),
  b: () => HAS_B && show({ A: "both", both: "B", B: "A" }[state.which]),
  "/": () => $("search").focus(),
  "?": () => $("keys").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
  const place = event.target;
  if (place === $("search")) {
    if (event.key === "Enter") searchNext(event.shiftKey ? -1 : 1);
    if (event.key === "Escape") {
      place.value = "";
      search("");
      $("timeline").focus();
    }
    return;
  }
  // Arrows scroll lists and change tabs where one is in them.
  if (event.key.startsWith("Arrow") && place.closest("aside, #details")) return;
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

function selectTab(name) {
  for (const one of ["misses", "table"]) {
    $(one).hidden = one !== name;
    $(`tab-${one}`).setAttribute("aria-selected", String(one === name));
    $(`tab-${one}`).tabIndex = one === name ? 0 : -1;
  }
}

for (const name of ["misses", "table"]) {
  $(`tab-${name}`).addEventListener("click", () => selectTab(name));
  $(`tab-${name}`).addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = name === "misses" ? "table" : "misses";
    selectTab(other);
    $(`tab-${other}`).focus();
  });
}

// One stop for the Tab key, however long the list is.
$("misses").addEventListener("keydown", (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key], buttons = [...$("misses").querySelectorAll("button")];
  const next = by && buttons[buttons.indexOf(event.target) + by];
  if (!next) return;
  event.preventDefault();
  for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
  next.focus();
});

$("search").addEventListener("input", (event) => search(event.target.value));
$("theme").addEventListener("click", keys.t);
$("help").addEventListener("click", keys["?"]);
new ResizeObserver(() => timeline.draw()).observe($("scroll"));
const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
prefersDark.addEventListener("change", (event) => setTheme(event.matches ? "dark" : "light"));

// --- links ---------------------------------------------------------------------------------------

// `page.html#npc=Tomas&turn=1` and `#from=10.38&to=10.48`, in seconds, lead to a place.
function follow() {
  const place = new URLSearchParams(location.hash.slice(1));
  const of = recordings[place.get("of") === "B" && HAS_B ? 1 : 0];
  const turn = (of.byNpc.get(place.get("npc")) || []).find((one) => one.n === Number(place.get("turn")));
  if (turn) goTo(turn);
  const [from, to] = [Number(place.get("from")) * 1e6, Number(place.get("to")) * 1e6];
  if (to > from) timeline.show(from, to);
}

function link(turn) {
  const place = new URLSearchParams({ npc: turn.npc, turn: turn.n, ...(turn.of ? { of: "B" } : {}) });
  history.replaceState(null, "", `#${place}`);
}

window.addEventListener("hashchange", follow);

fillHead();
fillLegend();
fillNpcs(refresh);
fillWhich(show);
fillDetails();
setTheme(prefersDark.matches ? "dark" : "light");
timeline.fit(0, wholeEnd);
refresh();
follow();
