// The network of the plane as a diagram: a small map for every unit, links as thick as their weights.

const GRID = 50; // points on a side of the maps
const MOST_LAYERS = 6;
const MOST_UNITS = 12;

class Diagram {
  // `change` is called when the network was changed, `choose` when a unit was chosen to be shown large.
  constructor(element, state, features, { change, choose }) {
    Object.assign(this, { element, state, features, change, choose });
    this.chosen = null;
    this.hovered = null;
    this.draw();
    new ResizeObserver(() => this.links()).observe(element);
  }

  get shown() { return this.hovered ?? this.chosen; }

  unit(layer, index, label, extra = {}) {
    const canvas = make('canvas', { width: GRID, height: GRID });
    const is = other => other && other.layer === layer && other.index === index;
    const button = make('button', {
      type: 'button', className: 'unit', ariaLabel: label, title: label,
      onpointerenter: () => { this.hovered = { layer, index, label }; this.choose(); },
      onpointerleave: () => { this.hovered = null; this.choose(); },
      onclick: () => {
        if (extra.onclick) { extra.onclick(); return; }
        this.chosen = is(this.chosen) ? null : { layer, index, label };
        this.mark();
        this.choose();
      },
    }, canvas, extra.text ? make('span', {}, extra.text) : '');
    button.dataset.layer = layer;
    button.dataset.index = index;
    button.setAttribute('aria-pressed', String(extra.pressed ?? is(this.chosen) ?? false));
    return button;
  }

  mark() {
    for (const button of this.element.querySelectorAll('.unit:not(.feature)')) {
      const { layer, index } = button.dataset;
      const is = this.chosen && this.chosen.layer === +layer && this.chosen.index === +index;
      button.setAttribute('aria-pressed', String(Boolean(is)));
    }
  }

  draw(focus) {
    const { state } = this;
    const names = { x: 'x', y: 'y', x2: 'x²', y2: 'y²', xy: 'xy', sinx: 'sin πx', siny: 'sin πy' };
    const change = id => { this.chosen = this.hovered = null; this.draw(id); this.change(); };
    const features = this.features.map((feature, i) => {
      const on = state.features.includes(feature);
      const button = this.unit(0, i, `feature ${names[feature] ?? feature}`, {
        pressed: on, text: names[feature] ?? feature,
        onclick: () => {
          state.features = this.features.filter(other => (other === feature) !== state.features.includes(other));
          change(`feature-${feature}`);
        },
      });
      button.id = `feature-${feature}`;
      button.classList.add('feature');
      return button;
    });
    const columns = [make('div', { className: 'layer' }, make('div', { className: 'head' }, make('b', {}, 'features')), ...features)];
    state.layers.forEach((units, l) => {
      const step = (name, text, label, disabled, act) => make('button', {
        type: 'button', className: 'small', id: `${name}-${l}`, ariaLabel: label, title: label, disabled,
        onclick: () => { act(); change(`${name}-${l}`); },
      }, text);
      const at = `layer ${l + 1}`;
      columns.push(make('div', { className: 'layer' },
        make('div', { className: 'head' },
          step('fewer', '−', `Remove a unit from ${at}`, units <= 1, () => { state.layers[l] -= 1; }),
          make('b', {}, String(units)),
          step('more', '+', `Add a unit to ${at}`, units >= MOST_UNITS, () => { state.layers[l] += 1; })),
        ...Array.from({ length: units }, (_, i) => this.unit(l + 1, i, `unit ${i + 1} of ${at}`))));
    });
    const last = state.layers.length + 1;
    columns.push(make('div', { className: 'layer' },
      make('div', { className: 'head' }, make('b', {}, 'output')), this.unit(last, 0, 'output')));
    this.canvas = make('canvas', { className: 'links' });
    this.canvas.setAttribute('aria-hidden', 'true');
    this.element.replaceChildren(this.canvas, make('div', { className: 'layers' }, ...columns));
    if (focus) $(focus)?.focus();
    this.places = null;
  }

  // What the last answer holds: `maps` has `units` of every layer, the features first.
  take(maps, theta, blocks, range) { Object.assign(this, { maps, theta, blocks, range }); }

  show() {
    this.paint();
    this.links();
  }

  // Reads the value of a unit at a cell of the grid.
  reader(layer, index) {
    const { units, numbers, grid } = this.maps;
    const cells = grid * grid;
    let start = 0;
    for (let l = 0; l < layer; l++) start += units[l] * cells;
    const stride = units[layer];
    return i => numbers[start + i * stride + index];
  }

  paint() {
    if (!this.maps) return;
    const { palette } = Paint;
    const { units, grid } = this.maps;
    for (const button of this.element.querySelectorAll('.unit')) {
      const layer = +button.dataset.layer;
      let index = +button.dataset.index;
      const canvas = button.firstChild;
      if (layer === 0) {
        index = this.state.features.indexOf(this.features[index]);
        if (index < 0) { canvas.getContext('2d').clearRect(0, 0, canvas.width, canvas.height); continue; }
      }
      if (layer >= units.length || index >= units[layer]) continue;
      Paint.picture(canvas, grid, grid, this.colour(layer, index), palette.diverging);
    }
  }

  // The colour of a unit's value, 0 to 255: output by its range, hidden units by their largest size.
  colour(layer, index) {
    const value = this.reader(layer, index);
    if (layer === this.maps.units.length - 1) {
      const [low, high] = this.range;
      return i => (value(i) - low) / (high - low) * 255;
    }
    const cells = this.maps.grid ** 2;
    let largest = 1e-9;
    for (let i = 0; i < cells; i += 3) largest = Math.max(largest, Math.abs(value(i)));
    largest = Math.max(largest, 0.3);
    return i => 127.5 + 127.5 * value(i) / largest;
  }

  links() {
    if (!this.theta || !this.canvas.isConnected) return;
    const { context, width, height } = Paint.fit(this.canvas);
    context.clearRect(0, 0, width, height);
    this.places ??= this.measure();
    if (this.places.width !== width) this.places = this.measure();
    const columns = this.places.columns;
    const weights = this.blocks.filter(block => /weight/.test(block.name));
    const { zero, one } = Paint.palette;
    for (let l = 0; l + 1 < columns.length && l < weights.length; l++) {
      const from = l === 0 ? this.state.features.map(feature => columns[0][this.features.indexOf(feature)]) : columns[l];
      const to = columns[l + 1];
      for (let a = 0; a < to.length; a++) {
        for (let b = 0; b < from.length; b++) {
          const w = this.theta[weights[l].start + a * from.length + b];
          const size = Math.tanh(Math.abs(w) / 1.5);
          if (!(size > 0.02)) continue;
          context.strokeStyle = w > 0 ? one : zero;
          context.globalAlpha = 0.12 + 0.75 * size;
          context.lineWidth = 0.5 + 4.5 * size;
          const [x, y, u, v] = [from[b].right, from[b].middle, to[a].left, to[a].middle];
          const bend = (u - x) * 0.5;
          context.beginPath();
          context.moveTo(x, y);
          context.bezierCurveTo(x + bend, y, u - bend, v, u, v);
          context.stroke();
        }
      }
    }
    context.globalAlpha = 1;
  }

  measure() {
    const frame = this.canvas.getBoundingClientRect();
    const columns = [...this.element.querySelectorAll('.layer')].map(column =>
      [...column.querySelectorAll('.unit')].map(button => {
        const { left, right, top, bottom } = button.getBoundingClientRect();
        return { left: left - frame.left, right: right - frame.left, middle: (top + bottom) / 2 - frame.top };
      }));
    return { width: this.canvas.clientWidth, columns };
  }
}
