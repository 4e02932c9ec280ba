// The page: tabs, theme, address, and the comparison with the native library.

const Proof = (() => {
  // Trains every configuration of the list for its steps, and compares the digest of the parameters.
  const check = async () => {
    const list = JSON.parse($('digests').textContent);
    const button = $('check');
    button.disabled = true;
    const rows = [];
    let right = 0;
    for (const { name, config, steps, digest } of list) {
      const [, look] = await Engine.all('proof', ['Look'], await begin(config, steps));
      const same = look.digest === digest && look.step === steps;
      right += same;
      rows.push(make('tr', { className: same ? '' : 'differs' },
        make('td', {}, name), make('td', {}, String(steps)), make('td', {}, make('code', {}, look.digest)), make('td', {}, same ? '✓ same' : '✗ differs')));
      $('check-result').textContent = `${right} of ${rows.length} agree`;
    }
    $('check-result').textContent = right === list.length
      ? `All ${right} agree, bit for bit.` : `${right} of ${list.length} agree.`;
    $('check-result').dataset.kind = right === list.length ? 'good' : 'bad';
    $('check-rows').replaceChildren(...rows);
    $('check-table').hidden = false;
    button.disabled = false;
  };
  const begin = async (config, steps) => {
    await Engine.one('proof', { Start: config });
    return { steps, time: 1e9 };
  };
  return { check };
})();

const themes = ['auto', 'light', 'dark'];

const start = async () => {
  const state = State.read();
  const changed = () => State.write(state);
  Paint.theme();
  await Engine.start();
  const choices = await Engine.one('', 'Choices');
  const parts = {
    plane: new Plane(state.plane, choices, changed),
    landscape: new Landscape(state.landscape, choices, changed),
    digits: new Digits(state.digits, choices, changed),
  };
  const tabs = [...document.querySelectorAll('[role=tab]')];
  const show = (name, focus) => {
    if (!(name in parts)) name = 'plane';
    state.tab = name;
    document.body.dataset.tab = name;
    for (const tab of tabs) {
      const on = tab.id === `tab-${name}`;
      tab.setAttribute('aria-selected', String(on));
      tab.tabIndex = on ? 0 : -1;
      $(tab.getAttribute('aria-controls')).hidden = !on;
      if (on && focus) tab.focus();
    }
    changed();
    parts[name].visible();
  };
  tabs.forEach((tab, i) => {
    tab.onclick = () => show(tab.id.slice(4));
    tab.onkeydown = event => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) show(tabs[(i + step + tabs.length) % tabs.length].id.slice(4), true);
    };
  });
  const repaint = () => { Paint.theme(); parts[state.tab].repaint(); };
  $('theme').onclick = () => {
    const next = themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length];
    document.documentElement.dataset.theme = next;
    $('theme').lastChild.textContent = { auto: '◐ auto', light: '☀ light', dark: '☾ dark' }[next];
    repaint();
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint);
  $('share').onclick = async () => {
    changed();
    await new Promise(resolve => setTimeout(resolve, 200));
    try { await navigator.clipboard.writeText(location.href); $('share').textContent = 'Copied'; } catch { $('share').textContent = 'It is in the address'; }
    setTimeout(() => { $('share').textContent = 'Share'; }, 1500);
  };
  $('check').onclick = () => Proof.check();
  let resizing;
  addEventListener('resize', () => { clearTimeout(resizing); resizing = setTimeout(repaint, 80); });
  addEventListener('hashchange', () => location.reload());
  show(state.tab);
  document.body.dataset.ready = 'yes';
};

start().catch(error => {
  $('status').textContent = `The library did not start: ${error.message}. The page needs a browser of 2023 or later.`;
  $('status').classList.add('wrong');
});
