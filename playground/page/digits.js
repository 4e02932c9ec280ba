// Digits: a net that is trained here on the repository's 8 x 8 digits names what somebody draws.

const INK = 32; // the original digits are counts of dark pixels in blocks of a 32 x 32 bitmap

class Digits extends Player {
  constructor(state, choices, changed) {
    super('digits', $('digits-play'), 'Train');
    Object.assign(this, { state, choices, changed });
    this.ink = new Uint8Array(INK * INK);
    this.pen = [16, 16];
    this.curve = Plots.curve();
    this.sample = 0;
    this.fields();
    Controls.descent($('digits-descent'), choices, state, () => this.restart());
    $('digits-reset').onclick = () => this.restart();
    $('digits-clear').onclick = () => { this.ink.fill(0); this.given = null; this.name(); };
    $('digits-sample').onclick = () => this.show();
    this.listen();
  }

  fields() {
    const { state } = this;
    const set = key => value => { state[key] = value; this.restart(); };
    const nets = [['dense', 'dense'], ['two', 'two dense layers'], ['conv', 'convolution, pooling, dense']];
    const net = Controls.select(nets, state.net, set('net'));
    net.id = 'net';
    const activations = this.choices.activations.map(({ as, name }) => [JSON.stringify(as), name]);
    const activation = Controls.select(activations, JSON.stringify(state.activation), value => set('activation')(JSON.parse(value)));
    activation.id = 'digits-activation';
    $('digits-fields').replaceChildren(
      Controls.field('Network', net),
      Controls.slider('Units', state.units, { min: 4, max: 64, step: 4 }, set('units')),
      Controls.field('Activation', activation),
      Controls.slider('Mini-batch', state.batch, { min: 1, max: 256, step: 1 }, set('batch')),
      Controls.field('Seed', Controls.number(state.seed, set('seed'), { min: 0, max: 1e9, step: 1 })),
    );
  }

  config() {
    const { activation, units, net, rule, schedule, trap, batch, seed } = this.state;
    const dense = outputs => ({ Dense: { outputs, activation } });
    const layers = {
      dense: [dense(units)],
      two: [dense(units), dense(Math.max(4, units / 2))],
      conv: [
        { Conv: { filters: 8, activation, window: { size: [3, 3], stride: [1, 1], padding: { Both: [1, 1] } } } },
        { MaxPool: { window: { size: [2, 2], stride: [2, 2] } } },
        dense(units),
      ],
    }[net] ?? [dense(units)];
    return { data: 'Digits', layers, loss: 'CategoricalCrossEntropy', rule, schedule, trap, batch, seed };
  }

  async restart() {
    this.changed();
    this.run = (this.run ?? 0) + 1;
    const run = this.run;
    this.curve = Plots.curve();
    this.ended = null;
    try {
      const info = await Engine.one('digits', { Start: this.config() });
      if (run !== this.run) return;
      this.info = info;
      $('digits-status').textContent = '';
      await this.frame(0);
    } catch (error) {
      if (run !== this.run) return;
      this.info = null;
      this.say(error.message);
    }
  }

  say(text) { $('digits-status').textContent = text; }

  async frame(steps) {
    if (this.busy || !this.info) return;
    this.busy = true;
    const run = this.run;
    try {
      const asks = [{ Activations: this.pixels() }];
      const look = steps === 0 || performance.now() - (this.looked ?? 0) > 150;
      if (look) asks.unshift('Look');
      const answers = await Engine.all('digits', asks, steps ? { steps, time: 9 } : undefined);
      const trained = steps ? answers.shift() : null;
      if (run === this.run) {
        if (trained?.end) { this.ended = trained.end; this.say(`Stopped: ${trained.end}`); this.play(false); }
        if (look) { this.looked = performance.now(); this.look(answers.shift()); }
        this.layers(answers[0]);
      }
    } catch (error) {
      if (run === this.run) { this.ended = error.message; this.say(error.message); }
    }
    this.busy = false;
    if (run !== this.run && this.info) this.frame(0);
  }

  look(look) {
    const { palette } = Paint;
    const percent = x => x === null || x === undefined ? '–' : `${(100 * x).toFixed(1)} %`;
    this.seen = look;
    this.curve.add(look.step, { train: look.train.cost, test: look.test.cost });
    $('digits-steps').textContent = look.step.toLocaleString('en');
    $('digits-epochs').textContent = look.epoch.toFixed(1);
    $('digits-train').textContent = percent(look.train.accuracy);
    $('digits-test').textContent = percent(look.test.accuracy);
    $('digits-digest').textContent = look.digest;
    $('digits-parameters').textContent = this.info.parameters;
    this.theta = look.numbers;
    Plots.draw($('digits-curve'), [
      { ...this.curve.column('test'), colour: palette.accent, dash: [5, 3] },
      { ...this.curve.column('train'), colour: palette.ink },
    ], { logarithmic: true });
    this.filters();
  }

  // ---- the pad ----

  listen() {
    const pad = $('pad');
    const place = event => {
      const box = pad.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width * INK, (event.clientY - box.top) / box.height * INK];
    };
    let last = null;
    pad.onpointerdown = event => {
      event.preventDefault();
      pad.focus();
      pad.setPointerCapture(event.pointerId);
      if (this.given) { this.ink.fill(0); this.given = null; }
      last = place(event);
      this.stroke(last, last);
    };
    pad.onpointermove = event => {
      if (!last) return;
      for (const part of event.getCoalescedEvents?.() ?? [event]) {
        const at = place(part);
        this.stroke(last, at);
        last = at;
      }
    };
    pad.onpointerup = pad.onpointercancel = () => { last = null; };
    pad.onkeydown = event => {
      const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      const move = moves[event.key];
      if (move) {
        const before = this.pen;
        this.pen = this.pen.map((x, i) => Math.min(30, Math.max(1, x + move[i])));
        if (event.shiftKey) this.stroke(before, this.pen); else this.name();
      } else if (event.key === ' ') this.stroke(this.pen, this.pen);
      else if (event.key === 'Delete' || event.key === 'Backspace') { this.ink.fill(0); this.given = null; this.name(); }
      else return;
      event.preventDefault();
    };
  }

  stroke([a, b], [c, d]) {
    if (this.given) { this.ink.fill(0); this.given = null; }
    const steps = Math.max(1, Math.ceil(Math.hypot(c - a, d - b) * 2));
    for (let k = 0; k <= steps; k++) {
      const [x, y] = [a + (c - a) * k / steps, b + (d - b) * k / steps];
      for (let row = Math.max(0, Math.floor(y - 2)); row <= Math.min(INK - 1, y + 2); row++) {
        for (let column = Math.max(0, Math.floor(x - 2)); column <= Math.min(INK - 1, x + 2); column++) {
          if (Math.hypot(column + 0.5 - x, row + 0.5 - y) < 1.9) this.ink[row * INK + column] = 1;
        }
      }
    }
    this.name();
  }

  async show() {
    if (!this.info) return;
    const answer = await Engine.one('digits', { Sample: this.sample });
    this.sample = (this.sample + 1) % answer.of;
    this.given = { pixels: [...answer.numbers], label: answer.target };
    this.name();
  }

  name() {
    if (this.playing && !this.ended) { this.pad(); return; } // the next frame does
    this.pad();
    this.frame(0);
  }

  // The drawing as the digits were made: its box moved to the middle and scaled to the height, then dark pixels counted.
  pixels() {
    if (this.given) return this.given.pixels;
    let [left, right, top, bottom] = [INK, -1, INK, -1];
    this.ink.forEach((dark, i) => {
      if (!dark) return;
      const [row, column] = [Math.floor(i / INK), i % INK];
      [left, right, top, bottom] = [Math.min(left, column), Math.max(right, column), Math.min(top, row), Math.max(bottom, row)];
    });
    const counts = new Array(64).fill(0);
    if (right < 0) return counts;
    const [width, height] = [right - left + 1, bottom - top + 1];
    const scale = Math.max(height / INK, width / 26);
    const [x, y] = [(left + right + 1) / 2, (top + bottom + 1) / 2];
    for (let row = 0; row < INK; row++) {
      for (let column = 0; column < INK; column++) {
        const from = [Math.floor(x + (column + 0.5 - INK / 2) * scale), Math.floor(y + (row + 0.5 - INK / 2) * scale)];
        if (from.some(q => q < 0 || q >= INK)) continue;
        if (this.ink[from[1] * INK + from[0]]) counts[(row >> 2) * 8 + (column >> 2)] += 1 / 16;
      }
    }
    return counts;
  }

  pad() {
    const pad = $('pad');
    const { palette } = Paint;
    const { given } = this;
    if (given) Paint.picture(pad, 8, 8, i => given.pixels[(7 - Math.floor(i / 8)) * 8 + i % 8] * 255, palette.ramp, false);
    else Paint.picture(pad, INK, INK, i => this.ink[(INK - 1 - Math.floor(i / INK)) * INK + i % INK] * 255, palette.ramp);
    const { context, width, height } = Paint.fit(pad);
    context.strokeStyle = palette.line;
    context.lineWidth = 1;
    for (let k = 1; k < 8; k++) {
      context.beginPath();
      context.moveTo(width * k / 8, 0); context.lineTo(width * k / 8, height);
      context.moveTo(0, height * k / 8); context.lineTo(width, height * k / 8);
      context.stroke();
    }
    if (document.activeElement === pad && pad.matches(':focus-visible')) {
      context.strokeStyle = palette.zero;
      context.lineWidth = 2;
      context.strokeRect(this.pen[0] / INK * width - 6, this.pen[1] / INK * height - 6, 12, 12);
    }
    const pixels = this.pixels();
    Paint.picture($('seen'), 8, 8, i => pixels[(7 - Math.floor(i / 8)) * 8 + i % 8] * 255, palette.ramp, false);
  }

  // ---- what the net makes of it ----

  layers({ shapes, numbers }) {
    const { palette } = Paint;
    this.last = { shapes, numbers };
    this.pad();
    const key = JSON.stringify(shapes);
    const place = $('activations');
    if (this.laid !== key) {
      this.laid = key;
      place.replaceChildren(...shapes.slice(0, -1).map(([depth, rows, columns], l) => {
        const flat = rows * columns === 1;
        const [w, h] = flat ? [Math.min(8, depth), Math.ceil(depth / 8)] : [columns, rows];
        const maps = flat ? 1 : depth;
        const canvases = Array.from({ length: maps }, () => {
          const canvas = make('canvas', { width: w, height: h });
          canvas.setAttribute('aria-hidden', 'true');
          canvas.className = flat ? 'flat' : 'channel';
          return canvas;
        });
        return make('div', { className: 'activation' }, make('h3', {}, this.info.layers[l].name), make('div', { className: 'channels' }, ...canvases));
      }));
    }
    let start = 0;
    shapes.forEach(([depth, rows, columns], l) => {
      const length = depth * rows * columns;
      const values = numbers.subarray(start, start + length);
      start += length;
      if (l === shapes.length - 1) { this.answer(values); return; }
      const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-6);
      const flat = rows * columns === 1;
      const [w, h] = flat ? [Math.min(8, depth), Math.ceil(depth / 8)] : [columns, rows];
      [...place.children[l].querySelectorAll('canvas')].forEach((canvas, c) => {
        const value = i => {
          const [row, column] = [h - 1 - Math.floor(i / w), i % w];
          return values[flat ? row * w + column : c * rows * columns + row * columns + column] ?? 0;
        };
        Paint.picture(canvas, w, h, i => 127.5 + 127.5 * value(i) / largest, palette.diverging, false);
      });
    });
  }

  answer(values) {
    const best = values.indexOf(Math.max(...values));
    const empty = !this.given && !this.ink.some(Boolean);
    const bars = $('probabilities');
    if (!bars.children.length) {
      bars.replaceChildren(...Array.from({ length: 10 }, (_, d) => make('li', {}, make('b', {}, String(d)), make('span', {}, make('i', {})), make('output', {}))));
    }
    [...bars.children].forEach((bar, d) => {
      bar.classList.toggle('best', d === best && !empty);
      bar.querySelector('i').style.width = empty ? '0' : `${100 * values[d]}%`;
      bar.querySelector('output').textContent = empty ? '' : `${(100 * values[d]).toFixed(values[d] < 0.0995 ? 1 : 0)} %`;
    });
    const text = empty ? '?' : String(best);
    if ($('digit').textContent !== text) $('digit').textContent = text;
    const label = this.given ? `a held-out ${this.given.label}` : empty ? 'draw a digit' : 'what you drew';
    if ($('digit-label').textContent !== label) $('digit-label').textContent = label;
  }

  // What every unit of a first dense layer looks for.
  filters() {
    const { palette } = Paint;
    const block = this.info.blocks[0];
    const [units] = this.info.layers[0].shape;
    const each = (block.end - block.start) / units;
    const side = Math.sqrt(each);
    const place = $('filters');
    const most = Math.min(units, 64);
    if (place.children.length !== most || this.side !== side) {
      this.side = side;
      place.replaceChildren(...Array.from({ length: most }, () => make('canvas', { width: side, height: side, ariaHidden: 'true' })));
    }
    for (let u = 0; u < most; u++) {
      const weights = this.theta.subarray(block.start + u * each, block.start + (u + 1) * each);
      const largest = weights.reduce((high, w) => Math.max(high, Math.abs(w)), 1e-6);
      Paint.picture(place.children[u], side, side, i => 127.5 + 127.5 * weights[(side - 1 - Math.floor(i / side)) * side + i % side] / largest, palette.diverging, false);
    }
  }

  repaint() {
    this.pad();
    if (this.seen) this.look(this.seen);
    if (this.last) this.layers(this.last);
  }

  async visible() {
    if (!this.info) await this.restart();
    this.repaint();
    if (this.playing) this.loop();
  }
}
