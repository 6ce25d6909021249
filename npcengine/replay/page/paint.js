// Draws on a canvas: the ruler, the frames, and one NPC's turns. Knows where things are, not why.

const GUTTER = 104, RULER = 24, FRAMES = 50, LANE = 7, GAP = 5;
let BAND = 20; // as high as there is room for

let colours = {};

function readColours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["bg", "panel", "line", "line-strong", "text", "soft", "faint", "accent", "bad", "grid", "band", ...KINDS];
  colours = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

function fitted(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

class Scale {
  constructor(width) {
    this.left = GUTTER;
    this.width = Math.max(width - GUTTER, 1);
    this.perPx = (state.t1 - state.t0) / this.width;
  }
  x(t) { return this.left + (t - state.t0) / this.perPx; }
  t(x) { return state.t0 + (x - this.left) * this.perPx; }
}

const STEPS = [1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 3e7, 6e7, 1.2e8, 3e8, 6e8, 1.8e9];

function paintRuler(c, scale, width) {
  c.fillStyle = colours.panel;
  c.fillRect(0, 0, width, RULER);
  const step = STEPS.find((one) => one / scale.perPx >= 84) || STEPS[STEPS.length - 1];
  c.font = "11px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
  c.textBaseline = "middle";
  c.textAlign = "left";
  for (let t = Math.ceil(state.t0 / step) * step; t <= state.t1; t += step) {
    const x = Math.round(scale.x(t)) + 0.5;
    c.fillStyle = colours.line;
    c.fillRect(x - 0.5, RULER - 6, 1, 6);
    c.fillStyle = colours.faint;
    c.fillText(rulerText(t, step), x + 4, RULER / 2);
  }
  c.fillStyle = colours.line;
  c.fillRect(0, RULER - 1, width, 1);
}

function rulerText(t, step) {
  const minutes = Math.floor(t / 6e7), seconds = (t - minutes * 6e7) / 1e6;
  const digits = step < 1e4 ? 3 : step < 1e5 ? 2 : step < 1e6 ? 1 : 0;
  const text = seconds.toFixed(digits);
  return minutes || state.t1 > 6e7 ? `${minutes}:${text.padStart(digits ? digits + 3 : 2, "0")}` : `${text} s`;
}

// One bar a pixel at most, as high as the longest update in it; the line is the budget.
function paintFrames(c, scale, recording, top, height) {
  const { times, frames } = recording, limitUs = (frames.limit || 0) * 1000;
  const tallest = Math.max(limitUs * 2, 4000), bottom = top + height - 3;
  const first = Math.max(firstOver(times, state.t0, (t) => t) - 1, 0);
  let at = -1, most = 0;
  const flush = () => {
    if (at < 0) return;
    const h = Math.max(Math.min(most / tallest, 1) * (height - 20), 1);
    c.fillStyle = limitUs && most > limitUs ? colours.bad : colours.faint;
    c.fillRect(at, bottom - h, wide, h);
  };
  const frameWidth = times.length > 1 ? (times[times.length - 1] - times[0]) / (times.length - 1) / scale.perPx : 1;
  const wide = Math.max(Math.min(frameWidth * 0.6, 14), 1);
  for (let i = first; i < times.length && times[i] <= state.t1; i += 1) {
    const x = Math.floor(scale.x(times[i]));
    if (x !== at) {
      flush();
      at = x;
      most = 0;
    }
    most = Math.max(most, frames.took[i]);
  }
  flush();
  if (limitUs) {
    const y = Math.round(bottom - Math.min(limitUs / tallest, 1) * (height - 20)) + 0.5;
    c.strokeStyle = colours["line-strong"];
    c.setLineDash([3, 3]);
    c.beginPath();
    c.moveTo(scale.left, y);
    c.lineTo(scale.left + scale.width, y);
    c.stroke();
    c.setLineDash([]);
  }
  return frameWidth;
}

// The frames' borders, through everything, once they are far enough apart to tell something.
function paintFrameGrid(c, scale, recording, top, bottom, frameWidth, withTicks) {
  if (frameWidth < 9) return;
  const { times, frames } = recording;
  const first = Math.max(firstOver(times, state.t0, (t) => t) - 1, 0);
  const every = frameWidth > 60 ? 1 : frameWidth > 24 ? 5 : 10;
  c.textBaseline = "top";
  c.textAlign = "left";
  for (let i = first; i < times.length && times[i] <= state.t1; i += 1) {
    const x = Math.round(scale.x(times[i])), tick = frames.tick + i, isMarked = withTicks && tick % every === 0;
    if (x < scale.left) continue;
    c.fillStyle = colours.grid;
    c.fillRect(x, top + (withTicks && !isMarked ? 15 : 0), 1, bottom - top);
    if (!isMarked) continue;
    c.fillStyle = colours.faint;
    c.fillText(`#${tick}`, x + 4, RULER + 3);
  }
}

function paintTurn(c, scale, turn, top, dim) {
  const x0 = scale.x(turn.from), x1 = scale.x(turn.e), isChosen = state.chosen === turn;
  c.globalAlpha = dim ? 0.18 : 1;
  if (x1 - x0 < 3) {
    c.fillStyle = turn.missed.length ? colours.bad : colours.decode;
    c.fillRect(x0, top, Math.max(x1 - x0, 1.5), BAND);
  } else {
    for (const [kind, begin, end] of turn.legs) {
      const a = Math.max(scale.x(Math.max(begin, turn.from)), scale.left - 2), b = Math.min(scale.x(end), scale.left + scale.width + 2);
      if (b <= a) continue;
      c.fillStyle = colours[kind];
      c.fillRect(a, top, Math.max(b - a, 0.7), BAND);
    }
    if (turn.mark !== "valid") hatch(c, x0, top, x1 - x0, BAND, turn.mark === "void");
    if (turn.speech.length) {
      c.fillStyle = colours.text;
      const s0 = scale.x(turn.speech[0][0]), s1 = scale.x(turn.speech[turn.speech.length - 1][0]);
      c.fillRect(s0, top + BAND + 1, Math.max(s1 - s0, 1), 1.5);
    }
  }
  if (turn.from > turn.s) {
    c.fillStyle = colours.queue;
    c.fillRect(scale.x(turn.s), top - 2, Math.max(scale.x(turn.from) - scale.x(turn.s), 1), 2);
  }
  if (turn.missed.length && x1 - x0 >= 3) {
    c.fillStyle = colours.bad;
    c.fillRect(x0, top - 3, x1 - x0, 2);
  }
  if (turn.sign && x1 - x0 > 14) diamond(c, scale.x(turn.sign[1]), top + BAND / 2);
  if (isChosen) {
    c.strokeStyle = colours.text;
    c.lineWidth = 2;
    c.strokeRect(x0 - 2, top - 4, Math.max(x1 - x0, 1) + 4, BAND + 8);
    c.lineWidth = 1;
  }
  if (x1 - x0 > 150) paintLabel(c, turn, Math.max(x0, scale.left), Math.min(x1, scale.left + scale.width), top);
  c.globalAlpha = 1;
}

function paintLabel(c, turn, x0, x1, top) {
  if (x1 - x0 < 90) return;
  c.save();
  c.beginPath();
  c.rect(x0, top, x1 - x0 - 4, BAND);
  c.clip();
  c.font = "600 11px system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif";
  c.textBaseline = "middle";
  const text = `${turn.n}  ${turn.words || turn.why || ""}`;
  c.fillStyle = "rgba(12, 16, 22, .88)";
  c.fillText(text, x0 + 6, top + BAND / 2 + 0.5);
  c.restore();
}

function paintCalls(c, scale, turn, top, dim) {
  if (scale.x(turn.e) - scale.x(turn.s) < 6 && !turn.is.length) return;
  c.globalAlpha = dim ? 0.18 : 1;
  for (const q of turn.qs) {
    const end = q.answered ?? turn.e, began = q.frame === null ? q.asked : Math.min(Math.max(q.frame, q.asked), end);
    bar(c, scale, q.asked, began, top, colours.frame_wait);
    bar(c, scale, began, end, top, q.overdue ? colours.bad : colours.query);
  }
  for (const one of turn.is) {
    const commit = one.steps.find((step) => step[0] === "commit"), last = one.steps[one.steps.length - 1];
    const begin = one.steps[0][2] ?? one.steps[0][1], at = commit ? commit[2] ?? commit[1] : last[1];
    const ends = one.settled.filter(([, status]) => status !== "started" && status !== "progress");
    const wasDropped = !commit || (commit[4] !== "delivered" && commit[4] !== "");
    bar(c, scale, begin, at, top + LANE, wasDropped ? colours.bad : colours.accent, 0.45);
    if (!wasDropped) bar(c, scale, at, ends.length ? ends[ends.length - 1][0] : at, top + LANE, colours.accent);
    if (wasDropped) cross(c, scale.x(at), top + LANE + 3);
  }
  c.globalAlpha = 1;
}

function bar(c, scale, begin, end, top, colour, alpha) {
  const a = Math.max(scale.x(begin), scale.left - 2), b = Math.min(scale.x(end), scale.left + scale.width + 2);
  if (b < scale.left || a > b) return;
  const before = c.globalAlpha;
  c.globalAlpha = before * (alpha || 1);
  c.fillStyle = colour;
  c.fillRect(a, top, Math.max(b - a, 1.5), LANE - 2);
  c.globalAlpha = before;
}

function diamond(c, x, y) {
  c.fillStyle = colours.panel;
  c.strokeStyle = colours.text;
  c.lineWidth = 1.5;
  c.beginPath();
  c.moveTo(x, y - 5);
  c.lineTo(x + 5, y);
  c.lineTo(x, y + 5);
  c.lineTo(x - 5, y);
  c.closePath();
  c.fill();
  c.stroke();
  c.lineWidth = 1;
}

function cross(c, x, y) {
  c.strokeStyle = colours.bad;
  c.lineWidth = 1.5;
  c.beginPath();
  c.moveTo(x - 3, y - 3);
  c.lineTo(x + 3, y + 3);
  c.moveTo(x + 3, y - 3);
  c.lineTo(x - 3, y + 3);
  c.stroke();
  c.lineWidth = 1;
}

function hatch(c, x, y, w, h, isDense) {
  c.save();
  c.beginPath();
  c.rect(x, y, w, h);
  c.clip();
  c.strokeStyle = colours.panel;
  c.lineWidth = isDense ? 3 : 1.5;
  c.beginPath();
  for (let at = Math.max(x, GUTTER) - h; at < Math.min(x + w, window.innerWidth); at += 8) {
    c.moveTo(at, y + h);
    c.lineTo(at + h, y);
  }
  c.stroke();
  c.restore();
}
