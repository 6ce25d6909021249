// The timeline: which rows there are, what is under the pointer, how one moves.

class Timeline {
  constructor(canvas, scroll, space, onHover, onChoose) {
    Object.assign(this, { canvas, scroll, space, onHover, onChoose });
    this.pointers = new Map();
    this.isDue = false;
    this.dragged = false;
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, (event) => this.up(event));
    canvas.addEventListener("pointerleave", () => this.onHover(null));
    canvas.addEventListener("dblclick", (event) => this.zoom(0.25, event.offsetX));
    scroll.addEventListener("scroll", () => this.draw());
  }

  // One row an NPC, with a band a recording; laid out anew for every picture, it is little work.
  rows() {
    const shown = shownRecordings(), names = shownNpcs(), around = GAP + 2 * LANE + 6;
    const room = (this.scroll.clientHeight - this.head()) / Math.max(names.length, 1) - 14;
    BAND = Math.round(Math.min(Math.max(room / shown.length - around, 20), 30));
    const each = BAND + around - 2, height = 12 + shown.length * (each + 2) + 2;
    let top = 0;
    return names.map((npc) => {
      const row = { npc, top, height, bands: shown.map((recording, i) => ({ recording, top: top + 10 + i * (each + 2) })) };
      top += height;
      return row;
    });
  }

  head() { return RULER + FRAMES; }

  draw() {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      this.paint();
    });
  }

  paint() {
    const width = this.scroll.clientWidth, height = this.scroll.clientHeight, rows = this.rows();
    const last = rows[rows.length - 1];
    this.space.style.height = `${this.head() + (last ? last.top + last.height : 0) + 8}px`;
    this.canvas.style.height = `${height}px`;
    const c = fitted(this.canvas, width, height), scale = (this.scale = new Scale(width));
    const offset = this.head() - this.scroll.scrollTop, shown = shownRecordings();
    c.fillStyle = colours.panel;
    c.fillRect(0, 0, width, height);
    c.save();
    c.beginPath();
    c.rect(0, this.head(), width, height - this.head());
    c.clip();
    rows.forEach((row, index) => this.stripe(c, row, index, offset, width, height));
    const frameWidth = this.frameWidth(scale, shown[0]);
    paintFrameGrid(c, scale, shown[0], this.head(), height, frameWidth, false);
    for (const row of rows) {
      if (row.top + row.height + offset < this.head() || row.top + offset > height) continue;
      c.save();
      c.beginPath();
      c.rect(scale.left, this.head(), scale.width, height);
      c.clip();
      for (const band of row.bands) this.band(c, scale, row, band, offset);
      c.restore();
      this.label(c, row, offset, shown.length);
    }
    c.restore();
    paintRuler(c, scale, width);
    c.save();
    c.beginPath();
    c.rect(scale.left, RULER, scale.width, FRAMES);
    c.clip();
    paintFrameGrid(c, scale, shown[0], RULER, RULER + FRAMES, frameWidth, true);
    paintFrames(c, scale, shown[0], RULER, FRAMES);
    c.restore();
    this.heading(c, width);
    this.onPaint?.();
  }

  frameWidth(scale, recording) {
    const { times } = recording;
    return times.length > 1 ? (times[times.length - 1] - times[0]) / (times.length - 1) / scale.perPx : 0;
  }

  heading(c, width) {
    c.fillStyle = colours.panel;
    c.fillRect(0, 0, GUTTER - 1, this.head());
    c.fillStyle = colours.line;
    c.fillRect(0, this.head() - 1, width, 1);
    c.textAlign = "left";
    c.textBaseline = "middle";
    c.font = "600 12px system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif";
    c.fillStyle = colours.text;
    c.fillText("Frames", 14, RULER + FRAMES / 2 - 7);
    c.font = "11px system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif";
    c.fillStyle = colours.faint;
    const limit = shownRecordings()[0].frames.limit;
    c.fillText(limit ? `update, ${limit} ms` : "update", 14, RULER + FRAMES / 2 + 9);
  }

  stripe(c, row, index, offset, width, height) {
    const top = row.top + offset;
    if (top > height || top + row.height < 0) return;
    if (index % 2) {
      c.fillStyle = colours.band;
      c.globalAlpha = 0.55;
      c.fillRect(0, top, width, row.height);
      c.globalAlpha = 1;
    }
    c.fillStyle = colours.line;
    c.fillRect(0, top + row.height - 1, width, 1);
  }

  label(c, row, offset, bands) {
    c.textAlign = "left";
    c.textBaseline = "middle";
    c.font = "600 13px system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif";
    c.fillStyle = colours.text;
    const room = GUTTER - (bands > 1 ? 40 : 20);
    c.fillText(shortened(c, row.npc, room), 14, row.bands[0].top + offset + BAND / 2);
    if (bands < 2) return;
    c.font = "600 11px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
    c.fillStyle = colours.faint;
    for (const band of row.bands) c.fillText(band.recording.mark, GUTTER - 18, band.top + offset + BAND / 2);
  }

  band(c, scale, row, band, offset) {
    const turns = band.recording.byNpc.get(row.npc) || [], top = band.top + offset;
    // An action may end long after its turn: what begins up to half a minute earlier is looked at.
    const first = Math.max(firstOver(turns, state.t0 - 3e7, (turn) => turn.s) - 1, 0);
    for (let i = first; i < turns.length && turns[i].s <= state.t1; i += 1) {
      const dim = !matches(turns[i]);
      paintCalls(c, scale, turns[i], top + BAND + GAP, dim);
      if (turns[i].e >= state.t0) paintTurn(c, scale, turns[i], top, dim);
    }
    for (const mark of band.recording.marks) {
      if (mark.npc !== row.npc || mark.t < state.t0 || mark.t > state.t1) continue;
      c.fillStyle = mark.name === "interruption" ? colours.bad : colours.text;
      c.fillRect(Math.round(scale.x(mark.t)), top - 6, mark.name === "interruption" ? 2 : 1, BAND + 12);
    }
  }

  // --- what is there ---------------------------------------------------------------------------

  at(x, y) {
    if (!this.scale || x < GUTTER) return null;
    const t = this.scale.t(x);
    if (y < this.head()) return y < RULER ? null : this.frameAt(t);
    const inside = y - this.head() + this.scroll.scrollTop;
    const row = this.rows().find((one) => inside >= one.top && inside < one.top + one.height);
    if (!row) return null;
    const band = [...row.bands].reverse().find((one) => inside >= one.top - 6) || row.bands[0];
    const turns = band.recording.byNpc.get(row.npc) || [], slack = 3 * this.scale.perPx;
    const mark = band.recording.marks.find((one) => one.npc === row.npc && Math.abs(one.t - t) <= slack);
    let place = firstOver(turns, t + slack, (one) => one.from) - 1;
    if (place >= 0 && turns[place].e < t - slack && this.actionAt(turns[place], t)) return { turn: turns[place], t };
    if (place < 0 || turns[place].e < t - slack) return mark ? { mark } : null;
    return { turn: turns[place], t, mark };
  }

  actionAt(turn, t) {
    return turn.is.some((one) => one.settled.length && one.settled[one.settled.length - 1][0] >= t);
  }

  frameAt(t) {
    const recording = shownRecordings()[0], place = firstOver(recording.times, t, (one) => one) - 1;
    if (place < 0) return null;
    return { frame: recording.frames.tick + place, took: recording.frames.took[place], t: recording.times[place] };
  }

  // --- moving ----------------------------------------------------------------------------------

  show(t0, t1) {
    const most = wholeEnd * 1.04 + 1000, span = Math.min(Math.max(t1 - t0, 2000), most);
    const middle = (t0 + t1) / 2, low = -wholeEnd * 0.02;
    state.t0 = Math.min(Math.max(middle - span / 2, low), low + most - span);
    state.t1 = state.t0 + span;
    this.draw();
  }

  zoom(factor, x) {
    const at = this.scale ? this.scale.t(Math.max(x ?? GUTTER + this.scale.width / 2, GUTTER)) : state.t0;
    this.show(at - (at - state.t0) * factor, at + (state.t1 - at) * factor);
  }

  pan(share) {
    const by = (state.t1 - state.t0) * share;
    this.show(state.t0 + by, state.t1 + by);
  }

  wheel(event) {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 16 : 1;
    if (event.altKey) this.scroll.scrollTop += event.deltaY * unit;
    else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.pan(((event.deltaX || event.deltaY) * unit) / this.scale.width);
    } else this.zoom(Math.exp(event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.0022)), event.offsetX);
  }

  down(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, [event.offsetX, event.offsetY]);
    this.dragged = false;
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      const found = this.at(event.offsetX, event.offsetY);
      this.canvas.classList.toggle("pick", Boolean(found?.turn));
      this.onHover(found, event);
      return;
    }
    const now = [event.offsetX, event.offsetY];
    if (this.pointers.size === 2) this.pinch(event.pointerId, before, now);
    else {
      const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
      if (Math.abs(dx) + Math.abs(dy) < 3 && !this.dragged) return;
      this.dragged = true;
      this.onHover(null);
      this.show(state.t0 - dx * this.scale.perPx, state.t1 - dx * this.scale.perPx);
      this.scroll.scrollTop -= dy;
    }
    this.pointers.set(event.pointerId, now);
  }

  pinch(id, before, now) {
    const other = [...this.pointers].find(([key]) => key !== id)[1];
    const was = Math.max(Math.abs(before[0] - other[0]), 8), is = Math.max(Math.abs(now[0] - other[0]), 8);
    this.dragged = true;
    this.zoom(was / is, (now[0] + other[0]) / 2);
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId) || this.dragged || event.type !== "pointerup") return;
    const found = this.at(event.offsetX, event.offsetY);
    if (found?.turn) this.onChoose(found.turn);
  }

  reveal(turn) {
    const row = this.rows().find((one) => one.npc === turn.npc);
    if (!row) return;
    const visible = this.scroll.clientHeight - this.head();
    if (row.top < this.scroll.scrollTop || row.top + row.height > this.scroll.scrollTop + visible) {
      this.scroll.scrollTop = Math.max(row.top - visible / 3, 0);
    }
  }

  fit(begin, end) {
    const room = Math.max((end - begin) * 0.12, 5000);
    this.show(begin - room, end + room);
  }
}

function shortened(c, text, room) {
  if (c.measureText(text).width <= room) return text;
  let cut = text;
  while (cut.length > 1 && c.measureText(`${cut}…`).width > room) cut = cut.slice(0, -1);
  return `${cut}…`;
}
