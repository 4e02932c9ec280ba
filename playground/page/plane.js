// The plane: data, network, training, what comes of it.

class Plane extends Player {
  constructor(state, choices, changed) {
    super('plane', $('play'), 'Play');
    Object.assign(this, { state, choices, changed });
    this.curve = Plots.curve();
    this.steepness = Plots.curve(300);
    this.brush = 0;
    this.cursor = [0, 0];
    this.diagram = new Diagram($('diagram'), state, choices.features, { change: () => this.restart(), choose: () => this.large() });
    this.layout();
    Controls.descent($('plane-descent'), choices, state, () => this.restart());
    this.sets();
    this.fields();
    this.listen();
    this.restart();
  }

  // ---- controls ----

  get drawn() { return this.state.set === 'drawn'; }

  get fits() { return this.choices.sets.find(set => set.name === this.state.set)?.values ?? false; }

  sets() {
    const group = $('sets');
    const names = [...this.choices.sets.map(set => set.name), 'drawn'];
    group.replaceChildren(...names.map(name => {
      const canvas = make('canvas', { width: 96, height: 96 });
      const button = make('button', {
        type: 'button', className: 'set', ariaLabel: name === 'drawn' ? 'draw your own points' : name,
        onclick: () => this.choose(name),
      }, canvas, make('span', {}, name === 'drawn' ? 'draw' : name));
      button.dataset.set = name;
      button.setAttribute('aria-pressed', String(name === this.state.set));
      return button;
    }));
    this.thumbnails();
  }

  choose(name) {
    const before = this.fits;
    this.state.set = name;
    if (before !== this.fits) this.state.loss = this.fits ? 'SquaredError' : 'CrossEntropy';
    for (const button of $('sets').children) button.setAttribute('aria-pressed', String(button.dataset.set === name));
    this.fields();
    this.restart();
  }

  // A picture of every data set; the points come from the library once.
  async thumbnails() {
    this.patterns ??= Promise.all(this.choices.sets.map(async ({ name, values }) => {
      const data = { Plane: { set: name, samples: 120, noise: 0.02, share: 1 } };
      const config = { data, features: ['x', 'y'], layers: [], loss: 'SquaredError', rule: this.choices.rules[0].rule, batch: 1, seed: 1 };
      return { name, values, points: (await Engine.one('thumbnail', { Start: config })).numbers };
    }));
    for (const { name, values, points } of await this.patterns) {
      const context = $('sets').querySelector(`[data-set=${name}] canvas`).getContext('2d');
      context.clearRect(0, 0, 96, 96);
      for (let i = 0; i < points.length; i += 3) {
        this.point(context, 48 + 42 * points[i], 48 - 42 * points[i + 1], points[i + 2], values, 3.4);
      }
    }
    const context = $('sets').querySelector('[data-set=drawn] canvas').getContext('2d');
    context.clearRect(0, 0, 96, 96);
    Object.assign(context, { strokeStyle: Paint.palette.ink, lineWidth: 5, lineCap: 'round' });
    context.beginPath();
    context.moveTo(22, 66);
    context.bezierCurveTo(38, 16, 52, 92, 74, 30);
    context.stroke();
  }

  fields() {
    const { state } = this;
    const set = key => value => { state[key] = value; this.restart(); };
    const percent = x => `${Math.round(100 * x)} %`;
    const { slider, select, field, number } = Controls;
    $('data-fields').replaceChildren(
      this.drawn ? '' : slider('Points', state.samples, { min: 20, max: 1000, step: 20 }, set('samples')),
      this.drawn ? '' : slider('Noise', state.noise, { min: 0, max: 0.4, step: 0.01 }, set('noise')),
      slider('Trained on', state.share, { min: 0.1, max: 1, step: 0.1, show: percent }, set('share')),
      slider('Mini-batch', state.batch, { min: 1, max: 200, step: 1 }, set('batch')),
    );
    $('brushes').hidden = !this.drawn;
    const losses = this.fits
      ? [['SquaredError', 'squared error'], ['AbsoluteError', 'absolute error'], ['Huber', 'Huber'], ['Quantile', 'quantile']]
      : [['CrossEntropy', 'cross-entropy'], ['SquaredError', 'squared error'], ['AbsoluteError', 'absolute error'], ['Huber', 'Huber'], ['Hinge', 'hinge']];
    if (!losses.some(([key]) => key === state.loss)) state.loss = losses[0][0];
    const activation = select(this.choices.activations.map(({ as, name }) => [JSON.stringify(as), name]),
      JSON.stringify(state.activation), value => { state.activation = JSON.parse(value); this.restart(); });
    const loss = select(losses, state.loss, value => { state.loss = value; this.fields(); this.restart(); $('loss').focus(); });
    loss.id = 'loss';
    activation.id = 'activation';
    $('network-fields').replaceChildren(
      field('Activation', activation),
      field('Loss', loss),
      state.loss === 'Huber' ? field('delta', number(state.huber, set('huber'), { min: 0.001 })) : '',
      state.loss === 'Quantile' ? field('tau', number(state.tau, set('tau'), { min: 0.01, max: 0.99 })) : '',
    );
  }

  layout() {
    const more = () => { if (this.state.layers.length < MOST_LAYERS) this.state.layers.push(4); };
    const change = act => () => { act(); this.diagram.chosen = null; this.diagram.draw(); this.restart(); };
    $('add-layer').onclick = change(more);
    $('remove-layer').onclick = change(() => this.state.layers.pop());
  }

  listen() {
    $('step').onclick = () => { this.play(false); this.frame(1); };
    $('reset').onclick = () => this.restart();
    $('seed').value = this.state.seed;
    $('seed').onchange = () => {
      const seed = Math.floor(Math.abs($('seed').valueAsNumber));
      this.state.seed = Number.isSafeInteger(seed) ? seed : 1;
      $('seed').value = this.state.seed;
      this.restart();
    };
    $('dice').onclick = () => {
      this.state.seed = 1 + Math.floor(Math.random() * 9999);
      $('seed').value = this.state.seed;
      this.restart();
    };
    $('speed').value = this.state.speed;
    $('speed').onchange = () => { this.state.speed = $('speed').value; this.changed(); };
    $('logarithmic').checked = this.state.logarithmic;
    $('logarithmic').onchange = () => { this.state.logarithmic = $('logarithmic').checked; this.changed(); this.curves(); };
    for (const button of document.querySelectorAll('[data-brush]')) {
      button.onclick = () => {
        this.brush = +button.dataset.brush;
        for (const other of document.querySelectorAll('[data-brush]')) other.setAttribute('aria-pressed', String(other === button));
      };
    }
    $('wipe').onclick = () => { this.state.drawn = []; this.restart(); };
    this.listenToMap();
  }

  listenToMap() {
    const map = $('map');
    const place = event => {
      const box = map.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width * 2 - 1, 1 - (event.clientY - box.top) / box.height * 2];
    };
    let last = null;
    map.onpointerdown = event => {
      if (!this.drawn) return;
      event.preventDefault();
      map.setPointerCapture(event.pointerId);
      last = place(event);
      this.put(...last);
    };
    map.onpointermove = event => {
      if (!last) return;
      const at = place(event);
      if (Math.hypot(at[0] - last[0], at[1] - last[1]) < 0.07) return;
      last = at;
      this.put(...at);
    };
    map.onpointerup = map.onpointercancel = () => { if (last) { last = null; this.restart(); } };
    map.onkeydown = event => {
      if (!this.drawn) return;
      const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
      const move = moves[event.key];
      if (move) this.cursor = this.cursor.map((x, i) => Math.min(0.98, Math.max(-0.98, x + 0.05 * move[i])));
      else if (event.key === ' ' || event.key === 'Enter') { this.put(...this.cursor); this.restart(); }
      else return;
      event.preventDefault();
      this.large();
    };
  }

  // A point of the brush's class, or none where there were some.
  put(x, y) {
    const near = ([a, b]) => Math.hypot(a - x, b - y) < 0.09;
    const round = v => Math.round(v * 100) / 100;
    if (this.brush === 2) this.state.drawn = this.state.drawn.filter(point => !near(point));
    else if (this.state.drawn.length < 600) this.state.drawn.push([round(x), round(y), this.brush]);
    this.points = this.state.drawn.flat();
    this.trained = this.points.length;
    this.large();
  }

  // ---- training ----

  config() {
    const { state } = this;
    const data = this.drawn
      ? { Drawn: { points: state.drawn, share: state.share } }
      : { Plane: { set: state.set, samples: state.samples, noise: state.noise, share: state.share } };
    const constants = { Huber: { delta: state.huber }, Quantile: { tau: state.tau } };
    const loss = state.loss in constants ? { [state.loss]: constants[state.loss] } : state.loss;
    const { features, rule, schedule, trap, batch, seed } = state;
    const layers = state.layers.map(outputs => ({ Dense: { outputs, activation: state.activation } }));
    return { data, features, layers, loss, rule, schedule, trap, batch, seed };
  }

  // Every change begins anew from the seed, so that what is shown is a function of what is set.
  async restart() {
    this.changed();
    $('remove-layer').disabled = this.state.layers.length === 0;
    $('add-layer').disabled = this.state.layers.length >= MOST_LAYERS;
    this.run = (this.run ?? 0) + 1;
    const run = this.run;
    this.curve = Plots.curve();
    this.steepness = Plots.curve(300);
    this.measured = 0;
    this.ended = null;
    $('logarithmic').checked = this.state.logarithmic;
    if (this.drawn && this.state.drawn.length < 2) {
      this.info = null;
      this.points = this.state.drawn.flat();
      this.trained = this.points.length;
      this.say('Draw points of both classes into the map: with a finger, a mouse, or arrow keys and space.');
      this.large();
      return;
    }
    try {
      const info = await Engine.one('plane', { Start: this.config() });
      if (run !== this.run) return;
      this.info = info;
      this.points = info.numbers;
      this.trained = 3 * info.train;
      this.say('');
      await this.frame(0);
    } catch (error) {
      if (run !== this.run) return;
      this.info = null;
      this.say(error.message, true);
    }
  }

  say(text, wrong = false) {
    $('status').textContent = text;
    $('status').classList.toggle('wrong', wrong);
  }

  get steps() {
    const epoch = Math.ceil(this.info.train / Math.min(this.state.batch, this.info.train));
    return { step: 1, epoch, fast: 1e6 }[this.state.speed] ?? epoch;
  }

  // Steps, then all that is shown.
  async frame(steps) {
    if (this.busy || !this.info) return;
    this.busy = true;
    const run = this.run;
    try {
      const asks = ['Look', { Maps: GRID }];
      const measure = steps === 0 || performance.now() - this.measured > 600;
      if (measure) asks.push('Stability');
      const answers = await Engine.all('plane', asks, steps ? { steps, time: 9 } : undefined);
      if (run === this.run) this.take(steps ? answers.slice(1) : answers, measure);
    } catch (error) {
      if (run === this.run) { this.ended = error.message; this.say(error.message, true); }
    }
    this.busy = false;
    if (run !== this.run && this.info) this.frame(0);
  }

  take([look, maps, stability], measure) {
    this.look = look;
    this.maps = { ...maps, grid: GRID };
    if (look.end) { this.ended = look.end; this.say(`Stopped: ${look.end}`, true); this.play(false); }
    this.curve.add(look.step, { train: look.train.cost, test: look.test?.cost });
    const range = this.fits ? [-1, 1] : this.state.loss === 'Hinge' ? [-1, 1] : [0, 1];
    this.range = range;
    this.diagram.take(this.maps, look.numbers, this.info.blocks, range);
    // The diagram and the large map in turns, which halves the work of a frame.
    this.turn = !this.turn;
    if (measure || !this.playing || this.turn) this.diagram.show();
    if (measure || !this.playing || !this.turn) this.large();
    // Ten times a second is enough for what is read.
    const now = performance.now();
    if (measure || !this.playing || now - (this.written ?? 0) > 100) {
      this.written = now;
      this.curves();
      this.readouts();
    }
    if (measure) {
      this.measured = performance.now();
      this.stability = stability;
      this.steepness.add(stability.step, { curvature: stability.curvature, limit: stability.limit });
      this.stable();
    }
  }

  // ---- what is shown ----

  readouts() {
    const { look } = this;
    const percent = x => x === null || x === undefined ? '' : `${(100 * x).toFixed(1)} %`;
    const number = x => x === undefined || x === null ? '–' : x.toPrecision(4);
    $('steps').textContent = look.step.toLocaleString('en');
    $('epochs').textContent = look.epoch.toFixed(look.epoch < 10 ? 2 : 0);
    $('rate').textContent = Plots.short(look.rate);
    $('digest').textContent = look.digest;
    $('parameters').textContent = this.info.parameters;
    $('train-cost').textContent = number(look.train.cost);
    $('test-cost').textContent = number(look.test?.cost);
    $('train-accuracy').textContent = percent(look.train.accuracy);
    $('test-accuracy').textContent = percent(look.test?.accuracy);
  }

  curves() {
    const { palette } = Paint;
    Plots.draw($('curves'), [
      { ...this.curve.column('test'), colour: palette.accent, dash: [5, 3] },
      { ...this.curve.column('train'), colour: palette.ink },
    ], { logarithmic: this.state.logarithmic, least: 0 });
  }

  stable() {
    const { stability } = this;
    const { palette } = Paint;
    const limit = stability.limit;
    const share = stability.share;
    const word = $('stable-word');
    const unstable = Boolean(stability.caution && limit === 0) || share > 1;
    word.textContent = limit === null && !stability.caution ? 'no linear limit' : unstable ? 'unstable' : 'stable';
    word.dataset.kind = limit === null && !stability.caution ? 'none' : unstable ? 'bad' : 'good';
    $('stable-text').textContent = stability.text;
    $('curvature').textContent = stability.curvature.toPrecision(4);
    $('limit').textContent = limit === null ? '–' : limit === 0 ? '0' : Number.isFinite(limit) ? limit.toPrecision(4) : '∞';
    $('growth').textContent = stability.growth === null ? '–' : `× ${stability.growth.toPrecision(4)}`;
    const marks = limit ? [{ y: limit, colour: palette.zero, text: 'limit of the rule' }] : [];
    Plots.draw($('stability'), [{ ...this.steepness.column('curvature'), colour: palette.ink }], { logarithmic: true, marks });
  }

  point(context, x, y, value, values, radius, hollow = false) {
    const { palette } = Paint;
    const share = values ? Math.min(1, Math.max(0, (value + 1) / 2)) : value;
    context.beginPath();
    if (!values && value > 0.5) context.rect(x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8);
    else context.arc(x, y, radius, 0, 7);
    const table = palette.diverging[Math.round(share * 255)];
    const colour = values ? `rgb(${table & 255} ${table >> 8 & 255} ${table >> 16 & 255})` : value > 0.5 ? palette.one : palette.zero;
    context.fillStyle = hollow ? palette.card : colour;
    context.strokeStyle = hollow ? colour : palette.card;
    context.lineWidth = hollow ? 1.6 : 1;
    context.fill();
    context.stroke();
  }

  // The large map: the output or the chosen unit, its line at one half, and the points.
  large() {
    const map = $('map');
    const { palette } = Paint;
    const { context, width, height } = Paint.fit(map);
    const chosen = this.diagram.shown;
    $('map-title').textContent = chosen ? chosen.label : 'output';
    const feature = chosen?.layer === 0 ? this.state.features.indexOf(this.choices.features[chosen.index]) : -1;
    if (this.info && this.maps && !(chosen?.layer === 0 && feature < 0)) {
      const layer = chosen ? chosen.layer : this.maps.units.length - 1;
      const index = layer === 0 ? feature : chosen ? chosen.index : 0;
      if (layer < this.maps.units.length && index < this.maps.units[layer]) {
        Paint.picture(map, GRID, GRID, this.diagram.colour(layer, index), palette.ground);
        Paint.fit(map);
        context.strokeStyle = palette.ink;
        const value = this.diagram.reader(layer, index);
        const output = layer === this.maps.units.length - 1;
        const middle = output ? (this.range[0] + this.range[1]) / 2 : 0;
        const levels = output && this.fits ? [-0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75] : [middle];
        for (const level of levels) {
          context.lineWidth = level === middle ? 1.6 : 0.6;
          Paint.contour(context, width, height, value, GRID, GRID, level);
        }
      }
    } else {
      context.fillStyle = palette.plain;
      context.fillRect(0, 0, width, height);
    }
    context.drawImage(this.layer(map, width, height), 0, 0, width, height);
    if (this.drawn && document.activeElement === map) {
      const [x, y] = [(this.cursor[0] + 1) / 2 * width, (1 - this.cursor[1]) / 2 * height];
      context.strokeStyle = palette.ink;
      context.lineWidth = 1.5;
      context.strokeRect(x - 7, y - 7, 14, 14);
    }
  }

  // The points on a canvas of their own, drawn when they change.
  layer(map, width, height) {
    const key = [this.points, this.trained, this.points?.length, map.width, this.fits, Paint.palette];
    if (this.drawnPoints && key.every((part, i) => part === this.drawnPoints.key[i])) return this.drawnPoints.canvas;
    const canvas = make('canvas', { width: map.width, height: map.height });
    const context = canvas.getContext('2d');
    context.scale(map.width / width, map.height / height);
    const points = this.points ?? [];
    for (let i = 0; i < points.length; i += 3) {
      const [x, y] = [(points[i] + 1) / 2 * width, (1 - points[i + 1]) / 2 * height];
      this.point(context, x, y, points[i + 2], this.fits, i < this.trained ? 3.4 : 2.8, i >= this.trained);
    }
    this.drawnPoints = { key, canvas };
    return canvas;
  }

  repaint() {
    this.thumbnails();
    if (!this.look || !this.info) { this.large(); return; }
    this.diagram.paint();
    this.diagram.links();
    this.large();
    this.curves();
    if (this.stability) this.stable();
  }

  visible() {
    this.repaint();
    if (this.playing) this.loop();
  }
}
