// Functions of two parameters, and the paths of rules on them.

const HEIGHTS = 140;
const MOST_KEPT = 4;

class Landscape {
  constructor(state, choices, changed) {
    Object.assign(this, { state, choices, changed });
    this.kept = [];
    this.shown = Infinity;
    const names = choices.landscapes.map(({ name }) => [name, name]);
    const select = Controls.select(names, state.height, name => {
      state.height = name;
      state.start = [...this.view.start];
      this.kept = [];
      this.walk(true);
    });
    select.id = 'height';
    $('landscape-fields').replaceChildren(
      Controls.field('Function', select),
      Controls.slider('Steps', state.steps, { min: 10, max: 2000, step: 10 }, steps => { state.steps = steps; this.walk(); }),
    );
    Controls.descent($('landscape-descent'), choices, state, () => this.walk(), { centres: false });
    $('keep').onclick = () => this.keep();
    $('forget').onclick = () => { this.kept = []; this.draw(); };
    $('walk').onclick = () => this.animate();
    $('walked').oninput = () => { this.shown = $('walked').valueAsNumber; this.animated = null; this.draw(); };
    this.listen();
  }

  get view() {
    return this.choices.landscapes.find(({ name }) => name === this.state.height) ?? this.choices.landscapes[0];
  }

  listen() {
    const canvas = $('landscape-map');
    canvas.onpointerdown = event => {
      const box = canvas.getBoundingClientRect();
      const { x, y } = this.view;
      const round = v => Math.round(v * 1000) / 1000;
      this.state.start = [
        round(x[0] + (x[1] - x[0]) * (event.clientX - box.left) / box.width),
        round(y[1] - (y[1] - y[0]) * (event.clientY - box.top) / box.height),
      ];
      this.walk();
    };
    canvas.onkeydown = event => {
      const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
      const move = moves[event.key];
      if (!move) return;
      event.preventDefault();
      const { x, y } = this.view;
      const size = [(x[1] - x[0]) / 50, (y[1] - y[0]) / 50];
      this.state.start = this.state.start.map((q, i) => +(q + move[i] * size[i]).toFixed(4));
      this.walk();
    };
  }

  async walk() {
    this.changed();
    this.animated = null;
    const { state } = this;
    this.run = (this.run ?? 0) + 1;
    const run = this.run;
    try {
      if (this.drawnHeight !== state.height) {
        this.heights = (await Engine.one('', { Heights: [state.height, HEIGHTS] })).numbers;
        this.drawnHeight = state.height;
        this.levels = null;
      }
      const walk = {
        height: state.height, rule: state.rule, schedule: state.schedule, trap: state.trap.strength,
        start: state.start, steps: state.steps,
      };
      const answer = await Engine.one('', { Walk: walk });
      if (run !== this.run) return;
      this.answer = answer;
      this.path = answer.numbers;
      this.shown = Infinity;
      $('walked').max = this.path.length / 3 - 1;
      $('walked').value = $('walked').max;
      $('landscape-status').textContent = '';
      this.draw();
      this.report();
    } catch (error) {
      if (run !== this.run) return;
      $('landscape-status').textContent = error.message;
    }
  }

  report() {
    const { answer } = this;
    const point = answer.end.map(q => q.toPrecision(5)).join(', ');
    $('walk-reason').textContent = answer.reason;
    $('walk-steps').textContent = answer.steps;
    $('walk-gradients').textContent = answer.gradients;
    $('walk-value').textContent = answer.value === null ? 'not finite' : answer.value.toExponential(3);
    $('walk-end').textContent = `(${point})`;
    $('walk-stability').textContent = answer.stability ?? '';
    $('landscape-formula').textContent = this.view.formula;
  }

  keep() {
    if (!this.path || this.kept.length >= MOST_KEPT) return;
    this.kept.push({ path: this.path, name: Controls.title(Controls.only(this.state.rule)[0]), steps: this.answer.steps, gradients: this.answer.gradients });
    this.draw();
  }

  animate() {
    if (!this.path) return;
    const count = this.path.length / 3;
    const begin = performance.now();
    const length = Math.min(6000, 400 + 30 * count);
    const run = this.animated = {};
    const next = now => {
      if (this.animated !== run) return;
      this.shown = Math.min(count - 1, Math.floor((now - begin) / length * count));
      $('walked').value = this.shown;
      this.draw();
      if (this.shown < count - 1) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  }

  colours() {
    const { palette } = Paint;
    return [palette.one, palette.accent, palette.soft, palette.ink];
  }

  draw() {
    if (!this.path) return;
    const canvas = $('landscape-map');
    const { palette } = Paint;
    let { context, width, height } = Paint.fit(canvas);
    if (!this.levels) {
      const lowest = Math.min(...this.heights);
      this.levels = this.heights.map(v => Math.log(1 + (v - lowest) * 4));
      this.highest = Math.max(...this.levels);
    }
    const { levels, highest } = this;
    Paint.picture(canvas, HEIGHTS, HEIGHTS, i => levels[i] / highest * 255, palette.heights);
    ({ context, width, height } = Paint.fit(canvas));
    context.strokeStyle = palette.ink;
    context.globalAlpha = 0.28;
    context.lineWidth = 0.8;
    for (let k = 1; k < 12; k++) Paint.contour(context, width, height, i => levels[i], HEIGHTS, HEIGHTS, highest * k / 12);
    context.globalAlpha = 1;

    const { x, y, minima } = this.view;
    const at = (a, b) => [(a - x[0]) / (x[1] - x[0]) * width, (y[1] - b) / (y[1] - y[0]) * height];
    context.strokeStyle = palette.ink;
    context.lineWidth = 1.6;
    for (const [a, b] of minima) {
      const [u, v] = at(a, b);
      context.beginPath();
      context.moveTo(u - 5, v); context.lineTo(u + 5, v);
      context.moveTo(u, v - 5); context.lineTo(u, v + 5);
      context.stroke();
    }
    this.kept.forEach(({ path }, i) => this.line(context, at, path, Infinity, this.colours()[i]));
    this.line(context, at, this.path, this.shown, palette.zero);
    this.values();
    const list = this.kept.map(({ name, steps, gradients }, i) =>
      make('li', {}, Object.assign(make('i', {}), { style: `background:${this.colours()[i]}` }), `${name}: ${steps} steps, ${gradients} gradients`));
    $('kept').replaceChildren(...list);
    $('forget').disabled = this.kept.length === 0;
    $('keep').disabled = this.kept.length >= MOST_KEPT;
  }

  line(context, at, path, shown, colour) {
    const count = Math.min(path.length / 3, shown + 1);
    const far = 1e5;
    const clip = q => Math.max(-far, Math.min(far, q));
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = 1.8;
    context.lineJoin = 'round';
    context.beginPath();
    for (let i = 0; i < count; i++) {
      const [u, v] = at(path[3 * i], path[3 * i + 1]).map(clip);
      if (i) context.lineTo(u, v); else context.moveTo(u, v);
    }
    context.stroke();
    if (count <= 400) {
      for (let i = 0; i < count; i++) {
        const [u, v] = at(path[3 * i], path[3 * i + 1]).map(clip);
        context.beginPath();
        context.arc(u, v, 2.1, 0, 7);
        context.fill();
      }
    }
    context.lineWidth = 2;
    context.strokeStyle = Paint.palette.card;
    for (const [i, radius] of [[0, 5], [count - 1, 6]]) {
      const [u, v] = at(path[3 * i], path[3 * i + 1]).map(clip);
      context.beginPath();
      context.arc(u, v, radius, 0, 7);
      context.fill();
      context.stroke();
    }
  }

  values() {
    const { palette } = Paint;
    const lowest = this.state.height === 'Saddle' ? -0.25 : 0;
    const series = (path, colour) => {
      const count = path.length / 3;
      const [xs, ys] = [new Array(count), new Array(count)];
      for (let i = 0; i < count; i++) { xs[i] = i; ys[i] = path[3 * i + 2] - lowest; }
      return { xs, ys, colour };
    };
    const all = this.kept.map(({ path }, i) => series(path, this.colours()[i]));
    const most = 1e3 * Math.max(1e-3, this.path[2] - lowest);
    Plots.draw($('landscape-curve'), [...all, series(this.path, palette.zero)], { logarithmic: true, most });
  }

  repaint() { this.draw(); }

  visible() { if (this.path) this.draw(); else this.walk(); }
}
