// What the page shows, and how the address holds it: what differs from the defaults, as JSON.

const defaults = () => ({
  tab: 'plane',
  plane: {
    set: 'circles', samples: 300, noise: 0.03, share: 0.7, seed: 1, batch: 10,
    features: ['x', 'y'], layers: [8, 8], activation: 'Tanh', loss: 'CrossEntropy', huber: 0.3, tau: 0.8,
    rule: { Adam: { rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } }, schedule: 'Constant',
    trap: { strength: 0, centre: 'Zero' }, speed: 'epoch', drawn: [], logarithmic: true,
  },
  landscape: {
    height: 'Rosenbrock', rule: { MomentumSummed: { rate: 0.0012, beta: 0.9 } }, schedule: 'Constant',
    trap: { strength: 0, centre: 'Start' }, start: [-1.2, 1], steps: 300,
  },
  digits: {
    net: 'dense', units: 32, activation: 'Relu', seed: 1, batch: 32,
    rule: { Adam: { rate: 0.005, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } }, schedule: 'Constant',
    trap: { strength: 0, centre: 'Zero' },
  },
});

const State = (() => {
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  // Values that are one thing or another, and are taken as they come: the library says what is wrong with them.
  const free = new Set(['rule', 'schedule', 'centre', 'activation']);

  const differences = (now, usual) => {
    const found = {};
    for (const key of Object.keys(usual)) {
      if (same(now[key], usual[key])) continue;
      const nested = !Array.isArray(usual[key]) && typeof usual[key] === 'object' && !free.has(key);
      found[key] = nested ? differences(now[key], usual[key]) : now[key];
    }
    return found;
  };

  const merge = (usual, given) => {
    if (given === null || typeof given !== 'object') return usual;
    const made = { ...usual };
    for (const key of Object.keys(usual)) {
      const value = given[key];
      if (value === undefined || value === null) continue;
      if (free.has(key)) made[key] = value;
      else if (Array.isArray(usual[key])) { if (Array.isArray(value)) made[key] = value; }
      else if (typeof usual[key] === 'object') made[key] = merge(usual[key], value);
      else if (typeof value === typeof usual[key]) made[key] = value;
    }
    return made;
  };

  const read = () => {
    try {
      return merge(defaults(), JSON.parse(decodeURIComponent(location.hash.slice(1))));
    } catch {
      return defaults();
    }
  };

  let timer;
  const write = state => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const found = differences(state, defaults());
      const hash = Object.keys(found).length ? '#' + encodeURIComponent(JSON.stringify(found)) : '#';
      if (hash !== location.hash) history.replaceState(null, '', hash);
    }, 150);
  };

  return { read, write };
})();
