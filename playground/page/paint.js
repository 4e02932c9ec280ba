// Colours of the theme, pictures of functions on a grid, lines of equal value.

const Paint = (() => {
  let palette;

  const rgb = text => {
    const [, hex] = /^#([0-9a-f]{6})$/i.exec(text.trim());
    return [0, 2, 4].map(i => parseInt(hex.slice(i, i + 2), 16));
  };
  const mix = (a, b, t) => a.map((x, i) => Math.round(x + (b[i] - x) * t));

  // A table of 256 colours through the given ones, as 32-bit pixels.
  const table = stops => {
    const pixels = new Uint32Array(256);
    for (let i = 0; i < 256; i++) {
      const at = i / 255 * (stops.length - 1);
      const k = Math.min(Math.floor(at), stops.length - 2);
      const [r, g, b] = mix(stops[k], stops[k + 1], at - k);
      pixels[i] = (255 << 24 | b << 16 | g << 8 | r) >>> 0;
    }
    return pixels;
  };

  const theme = () => {
    const style = getComputedStyle(document.documentElement);
    const colour = name => style.getPropertyValue(`--${name}`).trim();
    const names = ['zero', 'one', 'plain', 'ink', 'soft', 'line', 'card', 'accent', 'low', 'high', 'mid'];
    palette = Object.fromEntries(names.map(name => [name, colour(name)]));
    const [zero, one, plain] = [palette.zero, palette.one, palette.plain].map(rgb);
    palette.diverging = table([zero, mix(zero, plain, 0.45), plain, mix(one, plain, 0.45), one]);
    // Paler, so that points stand out.
    palette.ground = table([mix(zero, plain, 0.4), mix(zero, plain, 0.72), plain, mix(one, plain, 0.72), mix(one, plain, 0.4)]);
    palette.heights = table([rgb(palette.low), rgb(palette.mid), rgb(palette.high)]);
    palette.ramp = table([rgb(palette.card), rgb(palette.accent)]);
    return palette;
  };

  // A canvas as large as it is shown, in pixels of the device; its context is scaled to CSS pixels.
  const fit = canvas => {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const { clientWidth: width, clientHeight: height } = canvas;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    const context = canvas.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return { context, width, height };
  };

  const buffers = new Map();
  const buffer = (width, height) => {
    const key = `${width} ${height}`;
    if (!buffers.has(key)) {
      const canvas = Object.assign(document.createElement('canvas'), { width, height });
      const context = canvas.getContext('2d', { willReadFrequently: true });
      const image = context.createImageData(width, height);
      buffers.set(key, { canvas, context, image, pixels: new Uint32Array(image.data.buffer) });
    }
    return buffers.get(key);
  };

  // A picture of `value(i)` for the cells of a grid, bottom row first; `value` gives 0 to 255. A canvas of the grid's own size
  // takes the pixels as they are, which is quick; the browser scales it.
  const picture = (canvas, columns, rows, value, colours, smooth = true) => {
    const small = buffer(columns, rows);
    for (let row = 0; row < rows; row++) {
      const to = (rows - 1 - row) * columns;
      for (let column = 0; column < columns; column++) {
        const v = value(row * columns + column);
        small.pixels[to + column] = colours[v < 0 ? 0 : v > 255 ? 255 : v | 0];
      }
    }
    const context = canvas.getContext('2d');
    if (canvas.width === columns && canvas.height === rows) { context.putImageData(small.image, 0, 0); return; }
    small.context.putImageData(small.image, 0, 0);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.imageSmoothingEnabled = smooth;
    context.drawImage(small.canvas, 0, 0, canvas.width, canvas.height);
  };

  // Segments of the line on which a grid of values has this level (marching squares), in units of cells.
  const isoline = (values, columns, rows, level, segment) => {
    const cross = (a, b) => (level - a) / (b - a);
    for (let row = 0; row + 1 < rows; row++) {
      for (let column = 0; column + 1 < columns; column++) {
        const i = row * columns + column;
        const [a, b, c, d] = [values(i), values(i + 1), values(i + columns + 1), values(i + columns)];
        const points = [];
        if (a < level !== b < level) points.push(column + cross(a, b), row);
        if (b < level !== c < level) points.push(column + 1, row + cross(b, c));
        if (d < level !== c < level) points.push(column + cross(d, c), row + 1);
        if (a < level !== d < level) points.push(column, row + cross(a, d));
        for (let k = 0; k + 3 < points.length; k += 4) segment(points[k], points[k + 1], points[k + 2], points[k + 3]);
      }
    }
  };

  // The line of a level drawn on a context of `width` by `height`.
  const contour = (context, width, height, values, columns, rows, level) => {
    const [x, y] = [column => (column + 0.5) / columns * width, row => (1 - (row + 0.5) / rows) * height];
    context.beginPath();
    isoline(values, columns, rows, level, (a, b, c, d) => {
      context.moveTo(x(a), y(b));
      context.lineTo(x(c), y(d));
    });
    context.stroke();
  };

  return { theme, fit, picture, contour, get palette() { return palette; } };
})();
