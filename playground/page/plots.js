// Curves over steps, in one plain style.

const Plots = (() => {
  const ticks = (low, high, count) => {
    const raw = (high - low) / count;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map(m => m * power).find(step => step >= raw);
    const found = [];
    for (let t = Math.ceil(low / step) * step; t <= high + step * 1e-6; t += step) found.push(t);
    return found;
  };

  // Powers of ten, or where there are few of them also twice and five times as much.
  const decades = (low, high) => {
    const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
    const stride = Math.max(1, Math.ceil((to - from) / 5));
    const found = [];
    for (let p = from; p <= to; p += stride) for (const m of to - from <= 2 ? [1, 2, 5] : [1]) found.push(m * 10 ** p);
    return found.filter(t => t >= low && t <= high);
  };

  const short = value => {
    const size = Math.abs(value);
    if (value === 0) return '0';
    if (size >= 1e6 || size < 1e-3) return value.toExponential(0).replace('e+', 'e');
    if (size >= 1000) return `${+(value / 1000).toPrecision(3)}k`;
    return String(+value.toPrecision(3));
  };

  // Series `{ xs, ys, colour, dash, width }` over a common x; `marks` are level lines `{ y, colour, text }`.
  const draw = (canvas, series, { logarithmic = false, marks = [], least, most = 1e30 } = {}) => {
    const { context, width, height } = Paint.fit(canvas);
    const { palette } = Paint;
    context.clearRect(0, 0, width, height);
    const usable = y => Number.isFinite(y) && (!logarithmic || y > 0);
    let [low, high, right] = [Infinity, -Infinity, 1];
    for (const { xs, ys } of series) {
      for (let i = 0; i < ys.length; i++) {
        if (!usable(ys[i])) continue;
        low = Math.min(low, ys[i]);
        high = Math.max(high, ys[i]);
        right = Math.max(right, xs[i]);
      }
    }
    for (const { y } of marks) if (usable(y)) { low = Math.min(low, y); high = Math.max(high, y); }
    if (low > high) [low, high] = logarithmic ? [0.1, 1] : [0, 1];
    if (!logarithmic) low = Math.min(low, least ?? low);
    if (logarithmic) {
      high = Math.min(high, most);
      low = Math.max(low, high * 1e-12);
      [low, high] = [low / 1.25, Math.max(high, low * 2) * 1.25];
    } else if (high - low < 1e-9) high = low + 1;
    const box = { left: 44, right: width - 8, top: 8, bottom: height - 20 };
    const level = logarithmic ? Math.log : y => y;
    const [l, h] = [level(low), level(high)];
    const x = value => box.left + (box.right - box.left) * value / right;
    const y = value => box.bottom - (box.bottom - box.top) * (level(value) - l) / (h - l);

    context.font = '11px system-ui, sans-serif';
    context.fillStyle = palette.soft;
    context.strokeStyle = palette.line;
    context.lineWidth = 1;
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    const marked = logarithmic ? decades(low, high) : ticks(low, high, 4);
    for (const t of marked.length ? marked : [low, high]) {
      context.beginPath();
      context.moveTo(box.left, Math.round(y(t)) + 0.5);
      context.lineTo(box.right, Math.round(y(t)) + 0.5);
      context.stroke();
      context.fillText(short(t), box.left - 6, y(t));
    }
    context.textBaseline = 'alphabetic';
    context.textAlign = 'center';
    for (const t of ticks(0, right, Math.max(2, Math.floor(width / 110)))) {
      if (x(t) < box.right - 14) context.fillText(short(t), x(t), height - 5);
    }
    for (const { y: at, colour, text } of marks) {
      if (!usable(at)) continue;
      context.strokeStyle = colour;
      context.setLineDash([2, 3]);
      context.beginPath();
      context.moveTo(box.left, y(at));
      context.lineTo(box.right, y(at));
      context.stroke();
      context.setLineDash([]);
      context.textAlign = 'right';
      context.fillStyle = colour;
      context.fillText(text, box.right, y(at) - 4 < box.top + 8 ? y(at) + 12 : y(at) - 4);
    }
    context.lineJoin = 'round';
    context.save();
    context.beginPath();
    context.rect(box.left, 0, width, box.bottom + 1);
    context.clip();
    for (const { xs, ys, colour, dash = [], width: thick = 1.8 } of series) {
      context.strokeStyle = colour;
      context.lineWidth = thick;
      context.setLineDash(dash);
      context.beginPath();
      let down = false;
      for (let i = 0; i < ys.length; i++) {
        if (!usable(ys[i])) { down = false; continue; }
        if (down) context.lineTo(x(xs[i]), y(ys[i])); else context.moveTo(x(xs[i]), y(ys[i]));
        down = true;
      }
      context.stroke();
    }
    context.restore();
  };

  // A curve that keeps at most so many points: when it is full, every other one goes.
  const curve = (most = 800) => ({
    xs: [], rows: [], stride: 1, seen: 0,
    add(x, row) {
      const last = this.xs.length - 1;
      if (last >= 0 && this.seen % this.stride) { this.xs[last] = x; this.rows[last] = row; }
      else { this.xs.push(x); this.rows.push(row); }
      this.seen += 1;
      if (this.xs.length > most) {
        const even = (_, i) => i % 2 === 0;
        [this.xs, this.rows] = [this.xs.filter(even), this.rows.filter(even)];
        this.stride *= 2;
        this.seen = 0;
      }
    },
    column(name) { return { xs: this.xs, ys: this.rows.map(row => row[name] ?? NaN) }; },
  });

  return { draw, curve, short };
})();
