// Controls that several parts of the page share: elements, numbers, the choice of a descent.

const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key in element && key !== 'list') element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
};

const $ = id => document.getElementById(id);

// "MomentumSummed" as "Momentum summed", "second_by_midpoint" as "second by midpoint".
const words = name => name.includes('_') ? name.replaceAll('_', ' ')
  : name.replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`);

const Controls = (() => {
  let names = 0;
  const fresh = () => `control-${names += 1}`;

  const field = (label, control, note) => {
    control.id ||= fresh();
    return make('div', { className: 'field' }, make('label', { htmlFor: control.id }, label), control, note);
  };

  const select = (options, value, onchange) => {
    const element = make('select', { onchange: () => onchange(element.value) });
    for (const [key, text] of options) element.append(make('option', { value: key }, text));
    element.value = value;
    return element;
  };

  // A number in a box; what is no number is not taken.
  const number = (value, onchange, { min, max, step = 'any' } = {}) => {
    const element = make('input', {
      type: 'number', value, step, inputMode: 'decimal',
      onchange: () => {
        const read = element.valueAsNumber;
        const inside = Math.min(Math.max(read, min ?? -Infinity), max ?? Infinity);
        if (Number.isNaN(read)) element.value = value; else { element.value = inside; value = inside; onchange(inside); }
      },
    });
    if (min !== undefined) element.min = min;
    if (max !== undefined) element.max = max;
    return element;
  };

  // A slider with its value beside it.
  const slider = (label, value, { min, max, step, show = String }, onchange) => {
    const output = make('output', {}, show(value));
    const element = make('input', {
      type: 'range', min, max, step, value,
      oninput: () => { output.value = show(element.valueAsNumber); },
      onchange: () => onchange(element.valueAsNumber),
    });
    const made = field(label, element, output);
    made.classList.add('slider');
    return made;
  };

  // A positive number: a slider over powers of ten, and a box that says it exactly.
  const power = (label, value, [from, to], onchange) => {
    const box = number(value, set, {});
    const range = make('input', {
      type: 'range', min: from, max: to, step: 0.05, value: Math.log10(value || 10 ** from),
      ariaLabel: `${label}, power of ten`,
      oninput: () => { box.value = +(10 ** range.valueAsNumber).toPrecision(2); },
      onchange: () => set(+(10 ** range.valueAsNumber).toPrecision(2)),
    });
    function set(x) { box.value = x; if (x > 0) range.value = Math.log10(x); onchange(x); }
    const made = field(label, box, range);
    made.classList.add('power');
    return made;
  };

  const groups = [
    ['Gradient descent and momentum', ['GradientDescent', 'MomentumPhysical', 'MomentumAveraged', 'MomentumSummed', 'Nesterov']],
    ['A rate for each parameter', ['AdaGradMean', 'AdaGradSum', 'RmsProp', 'RmsPropUnbiased', 'Adam', 'AdamW', 'AmsGrad', 'FullMatrixAdaGrad']],
    ['Multistep', ['TwoStepMidpoint', 'ThreeStep', 'AdamsBashforth2', 'AdamsBashforth3']],
    ['Several gradients a step', ['RungeKutta', 'Chebyshev', 'Chebyshev2']],
    ['Curvature', ['Lbfgs', 'NewtonCg']],
  ];
  const titles = {
    GradientDescent: 'Gradient descent (2)', MomentumPhysical: 'Momentum, physical (7)', MomentumAveraged: 'Momentum, averaged',
    MomentumSummed: 'Momentum, summed', Nesterov: 'Nesterov', AdaGradMean: 'AdaGrad, mean (9)', AdaGradSum: 'AdaGrad, sum',
    RmsProp: 'RMSProp (10)', RmsPropUnbiased: 'RMSProp, unbiased', Adam: 'Adam (11)', AdamW: 'AdamW', AmsGrad: 'AMSGrad',
    FullMatrixAdaGrad: 'AdaGrad, full matrix', TwoStepMidpoint: 'Two-step midpoint (13): diverges',
    ThreeStep: 'Three-step formula (14): diverges', AdamsBashforth2: 'Adams–Bashforth 2', AdamsBashforth3: 'Adams–Bashforth 3',
    RungeKutta: 'Runge–Kutta', Chebyshev: 'Runge–Kutta–Chebyshev, order 1', Chebyshev2: 'Runge–Kutta–Chebyshev, order 2',
    Lbfgs: 'L-BFGS', NewtonCg: 'Newton-CG',
  };
  const title = name => titles[name] ?? words(name);
  // Constants that are a name out of several.
  const named = {
    table: ['Midpoint', 'Heun', 'Ralston', 'Kutta3', 'Rk4', 'ThreeEighths'],
    statistic: ['Sum', 'Mean'],
    memory: ['Exact'],
  };
  const schedules = {
    Constant: 'Constant',
    Step: { Step: { every: 500, factor: 0.5 } },
    Exponential: { Exponential: { factor: 0.999 } },
    Cosine: { Cosine: { steps: 2000, floor: 0 } },
    Polynomial: { Polynomial: { steps: 2000, floor: 0, power: 1 } },
    WarmUp: { WarmUp: { steps: 200 } },
    OneCycle: { OneCycle: { steps: 2000, rise: 500, start: 0.1, end: 0.01 } },
    'Warm up, then cosine': { Product: [{ WarmUp: { steps: 200 } }, { Cosine: { steps: 2000, floor: 0 } }] },
  };
  const only = object => Object.entries(object)[0];
  const nameOf = schedule => {
    if (typeof schedule === 'string') return 'Constant';
    const [name] = only(schedule);
    return name === 'Product' ? 'Warm up, then cosine' : name;
  };

  // The inputs of an object of constants, the rate in front.
  const first = ([key]) => key === 'rate' || key === 'alpha' ? 0 : 1;
  const constants = (values, onchange) => Object.entries(values).sort((a, b) => first(a) - first(b)).map(([key, value]) => {
    const set = x => { values[key] = x; onchange(); };
    const label = words(key);
    if (key === 'rate' || key === 'alpha') return power(label, value, [-5, 1], set);
    if (key === 'epsilon') return field(label, number(value, set, { min: 0 }));
    if (typeof value === 'boolean') {
      const box = make('input', { type: 'checkbox', checked: value, onchange: () => set(box.checked) });
      return field(label, box);
    }
    if (typeof value === 'string') return field(label, select((named[key] ?? [value]).map(name => [name, words(name)]), value, set));
    return field(label, number(value, set, {}));
  });

  // The choice of rule, schedule and trap, in an element; `state` is changed in place.
  const descent = (element, choices, state, onchange, { centres = true } = {}) => {
    const rules = new Map(choices.rules.map(entry => [only(entry.rule)[0], entry]));
    const copy = value => JSON.parse(JSON.stringify(value));
    if (typeof state.rule !== 'object' || !rules.has(only(state.rule)[0])) state.rule = copy(choices.rules[0].rule);
    const draw = focus => {
      const [name, values] = only(state.rule);
      const entry = rules.get(name);
      const change = () => onchange();
      const redraw = id => { draw(id); onchange(); };

      const choose = make('select', { id: `${element.id}-rule`, onchange: () => { state.rule = copy(rules.get(choose.value).rule); redraw(choose.id); } });
      const rest = [...rules.keys()].filter(key => !groups.some(([, keys]) => keys.includes(key)));
      for (const [label, keys] of [...groups, ['Others', rest]]) {
        const there = keys.filter(key => rules.has(key));
        if (there.length) choose.append(make('optgroup', { label }, ...there.map(key => make('option', { value: key }, title(key)))));
      }
      choose.value = name;
      const cost = entry.gradients > 1 ? `${entry.gradients} or more gradients a step` : 'one gradient a step';
      const about = `${entry.order ? `order ${entry.order}, ` : ''}${cost}`;

      const scheduleName = nameOf(state.schedule);
      const schedule = select(Object.keys(schedules).map(key => [key, words(key)]), scheduleName, key => {
        state.schedule = copy(schedules[key]);
        redraw(schedule.id);
      });
      schedule.id = `${element.id}-schedule`;
      const parts = typeof state.schedule === 'string' ? [] : (state.schedule.Product ?? [state.schedule]);

      const kind = typeof state.trap.centre === 'string' ? state.trap.centre : 'Value';
      const centre = select([['Zero', 'zero'], ['Start', 'the start'], ['Value', 'a value']], kind, key => {
        state.trap.centre = key === 'Value' ? { Value: 0.5 } : key;
        redraw(centre.id);
      });
      centre.id = `${element.id}-centre`;

      element.replaceChildren(
        field('Rule', choose, make('p', { className: 'about' }, about)),
        entry.caution ? make('p', { className: 'caution', role: 'note' }, entry.caution) : '',
        make('div', { className: 'fields' }, ...constants(values, change)),
        field('Schedule of the rate', schedule),
        parts.length ? make('div', { className: 'fields' }, ...parts.flatMap(part => constants(only(part)[1], change))) : '',
        make('div', { className: 'fields' },
          field('Trap (L2), strength', number(state.trap.strength, x => { state.trap.strength = x; change(); }, { min: 0 })),
          centres ? field('centre', centre) : '',
          centres && kind === 'Value' ? field('at', number(state.trap.centre.Value, x => { state.trap.centre = { Value: x }; change(); })) : ''),
      );
      if (focus) $(focus)?.focus();
    };
    draw();
  };

  return { field, select, number, slider, descent, title, only };
})();
