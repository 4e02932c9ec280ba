// Uses every control of the page at two widths and in both themes, and writes screenshots to look at. Fails on console errors,
// requests, what axe-core finds, and an address that does not bring the page back. Frame times are printed, not judged.
//
//   node tests/browser.mjs [FOLDER]     with puppeteer-core and axe-core where node finds them, CHROMIUM=/usr/bin/chromium
import { readFileSync, statSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(process.env.NODE_MODULES ? `${process.env.NODE_MODULES}/` : import.meta.url);
let puppeteer, axe;
try {
  puppeteer = (await import(require.resolve('puppeteer-core'))).default;
  axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
} catch (error) {
  console.log(`skipped: puppeteer-core and axe-core are not here (${error.code})`);
  process.exit(0);
}
const file = fileURLToPath(new URL('../gradflow.html', import.meta.url));
const out = process.argv[2] ?? 'target/browser';
mkdirSync(out, { recursive: true });
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--force-color-profile=srgb'] });
let wrong = 0;
const fail = text => { wrong += 1; console.log('WRONG', text); };
if (statSync(file).size > 900_000) fail(`${statSync(file).size} bytes`);
const wait = ms => new Promise(r => setTimeout(r, ms));
for (const [width, height, scheme] of [[1280, 900, 'light'], [390, 844, 'dark'], [390, 844, 'light'], [1280, 900, 'dark']]) {
  const label = `${width}-${scheme}`;
  const page = await browser.newPage();
  const phone = width < 600;
  await page.setViewport({ width, height, deviceScaleFactor: phone ? 2 : 1, isMobile: phone, hasTouch: phone });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  page.on('console', m => { if (['error', 'warning'].includes(m.type())) fail(`${label} console: ${m.text()}`); });
  page.on('pageerror', e => fail(`${label} error: ${e.message}`));
  page.on('request', r => { if (!/^(file|blob|data):/.test(r.url())) fail(`${label} request: ${r.url()}`); });
  await page.goto('file://' + file);
  await page.waitForSelector('body[data-ready]', { timeout: 60000 });
  const shot = async name => { await page.evaluate(() => scrollTo(0, 0)); await page.screenshot({ path: `${out}/${label}-${name}.png`, fullPage: true }); };
  const check = async name => {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
    for (const v of violations) fail(`${label} ${name} axe ${v.id}: ${v.help} (${v.nodes.length}) ${v.nodes[0].html.slice(0, 120)} ${v.nodes[0].failureSummary}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 1) fail(`${label} ${name}: ${wide} px too wide`);
  };
  // What is pressed must not lie under the bar that stays at the top.
  const press = async of => { await page.$eval(of, e => e.scrollIntoView({ block: 'center' })); await page.click(of); };
  const text = id => page.$eval('#' + id, e => e.textContent);
  // frames while a 2-8-8-1 net trains
  await press('#play');
  await wait(1500);
  const frames = await page.evaluate(() => new Promise(done => {
    const times = []; let last = performance.now();
    const next = now => { times.push(now - last); last = now; times.length < 240 ? requestAnimationFrame(next) : done(times.slice(1)); };
    requestAnimationFrame(next);
  }));
  frames.sort((a, b) => a - b);
  const [median, most] = [frames[frames.length >> 1], frames[Math.floor(frames.length * 0.95)]];
  console.log(label, 'frames: median', median.toFixed(2), 'ms, 95 %', most.toFixed(2), 'ms; steps', await text('steps'));
  await wait(3000);
  await press('#play');
  await wait(500);
  await shot('plane');
  await check('plane');
  // every select with every option, every slider, number, box and button
  const sweep = async root => {
    const selects = await page.$$eval(`${root} select`, all => all.map(e => e.id));
    for (const id of selects) {
      const options = await page.$$eval(`#${id} option`, all => all.map(o => o.value)).catch(() => []);
      const before = options.length && await page.$eval(`#${id}`, e => e.value);
      for (const option of options) {
        await page.select('#' + id, option);
        await wait(90);
        const status = await text('status');
        if (status.startsWith('The library') || /unreachable|undefined|NaN/.test(status)) fail(`${id} ${option}: ${status}`);
      }
      if (options.length) await page.select('#' + id, before);
      await wait(60);
    }
    const set = await page.$$eval(`${root} input`, all => { all.forEach(e => {
      if (e.type === 'checkbox') e.click();
      else { const before = e.value; e.value = e.type === 'range' ? String((+e.min + +e.max) / 2) : before; e.dispatchEvent(new Event('input', { bubbles: true })); e.dispatchEvent(new Event('change', { bubbles: true })); }
    }); return all.length; });
    await wait(300);
    return [selects.length, set];
  };
  await page.select('#speed', 'epoch');
  console.log(label, 'plane controls', await sweep('#plane'));
  await press('#play'); await wait(300);
  for (const id of await page.$$eval('#plane-descent-rule option', all => all.map(o => o.value))) {
    await page.select('#plane-descent-rule', id);
    await wait(350);
    console.log('   ', id, await text('steps'), await text('train-cost'), (await text('status')).slice(0, 90));
    if (!(await page.$eval('#play', e => e.getAttribute('aria-pressed') === 'true'))) await press('#play');
  }
  await press('#play');
  await page.select('#plane-descent-rule', 'Adam'); await wait(200);
  for (const set of await page.$$eval('.set', all => all.map(e => e.dataset.set))) { await press(`[data-set=${set}]`); await wait(200); }
  // draw
  for (const [brush, xs] of [[0, 0.25], [1, 0.7], [2, 0.7]]) {
    await press(`[data-brush="${brush}"]`);
    await page.$eval('#map', e => e.scrollIntoView({ block: 'center' }));
    const b = await (await page.$('#map')).boundingBox();
    await page.mouse.move(b.x + b.width * xs, b.y + b.height * 0.2);
    await page.mouse.down();
    await page.mouse.move(b.x + b.width * (xs + 0.1), b.y + b.height * (brush === 2 ? 0.25 : 0.8), { steps: 30 });
    await page.mouse.up();
    await wait(150);
  }
  await page.focus('#map');
  for (const key of ['ArrowUp', 'ArrowLeft', 'Space', 'ArrowRight', 'ArrowRight', 'Enter']) await page.keyboard.press(key);
  await wait(300);
  await press('#play'); await wait(1500); await press('#play'); await wait(200);
  console.log(label, 'drawn', await page.evaluate(() => JSON.parse(decodeURIComponent(location.hash.slice(1))).plane.drawn.length), 'cost', await text('train-cost'), await text('status'));
  await shot('drawn'); await check('drawn');
  await press('#wipe'); await wait(200);
  await press('[data-set=spiral]');
  for (let i = 0; i < 3; i++) { await press('#add-layer'); await wait(100); }
  for (const id of ['more-0', 'fewer-1', 'feature-sinx', 'feature-siny', 'feature-x2', 'feature-x', 'feature-x', 'remove-layer']) { await press('#' + id); await wait(120); }
  const units = await page.$$('.unit:not(.feature)');
  for (let i = 0; i < 2; i++) { await units[3].scrollIntoView(); await units[3].click(); await wait(150); }
  await press('#step'); await wait(200);
  if (await text('steps') !== '1') fail(`${label} step: ${await text('steps')}`);
  await page.select('#speed', 'fast');
  await press('#play'); await wait(6000); await press('#play'); await wait(300);
  console.log(label, 'spiral', await text('steps'), await text('train-accuracy'), await text('test-accuracy'));
  await shot('spiral');
  // the address brings it back
  const digest = async () => { await press('#reset'); await wait(300); await press('#step'); await wait(400); return text('digest'); };
  const before = await digest();
  await press('#share'); await wait(300);
  const address = page.url();
  const other = await browser.newPage();
  await other.goto('about:blank'); await other.goto(address); await other.waitForSelector('body[data-ready]', { timeout: 60000 });
  await other.click('#step'); await wait(900);
  const after = await other.$eval('#digest', e => e.textContent);
  if (before !== after) fail(`${label} address: ${before} ${after}`);
  console.log(label, 'address', address.length, 'bytes', before === after ? 'brings it back' : 'LOST');
  await other.close();
  await page.bringToFront();
  // by keyboard
  await page.focus('#play'); await page.keyboard.press('Space'); await wait(300);
  if (!(await page.$eval('#play', e => e.getAttribute('aria-pressed') === 'true'))) fail('space on play');
  await page.keyboard.press('Space');
  await press('#dice'); await press('#theme'); await press('#theme'); await press('#theme');
  await press('#check');
  await page.waitForFunction(() => document.querySelector('#check-result').dataset.kind, { timeout: 90000 });
  console.log(label, 'proof:', await text('check-result'));
  if (!(await text('check-result')).startsWith('All')) fail('proof');
  await press('#check-table summary'); await wait(100); await check('proof'); await shot('proof');
  // landscape
  await page.focus('[role=tab][tabindex="0"]'); await page.keyboard.press('ArrowRight'); await wait(1500);
  const rules = await page.$$eval('#landscape-descent-rule option', all => all.map(o => o.value));
  for (const height of await page.$$eval('#height option', all => all.map(o => o.value))) {
    await page.select('#height', height); await wait(150);
    for (const rule of rules) {
      await page.select('#landscape-descent-rule', rule); await wait(60);
      const status = await text('landscape-status'); if (status) fail(`${height} ${rule}: ${status}`);
    }
  }
  await page.select('#height', 'Rosenbrock');
  await page.select('#landscape-descent-rule', 'Adam'); await wait(200); await press('#keep');
  await page.select('#landscape-descent-rule', 'Nesterov'); await wait(100);
  await page.$$eval('#landscape-descent input[type=number]', all => { all[0].value = 0.001; all[0].dispatchEvent(new Event('change')); }); await wait(200); await press('#keep');
  await page.select('#landscape-descent-rule', 'Lbfgs'); await wait(200);
  await page.$eval('#landscape-map', e => e.scrollIntoView({ block: 'center' }));
  const b = await (await page.$('#landscape-map')).boundingBox();
  await page.mouse.click(b.x + b.width * 0.2, b.y + b.height * 0.3); await wait(200);
  await page.focus('#landscape-map'); await page.keyboard.press('ArrowLeft'); await wait(200);
  await press('#walk'); await wait(700);
  await page.$eval('#walked', e => { e.value = 3; e.dispatchEvent(new Event('input')); });
  await page.$eval('#walked', e => { e.value = e.max; e.dispatchEvent(new Event('input')); });
  await shot('landscape'); await check('landscape');
  await press('#forget');
  // digits
  await page.focus('[role=tab][tabindex="0"]'); await page.keyboard.press('ArrowRight'); await wait(1200);
  await press('#digits-play'); await wait(4000);
  await page.$eval('#pad', e => e.scrollIntoView({ block: 'center' }));
  const pad = await (await page.$('#pad')).boundingBox();
  const at = (x, y) => [pad.x + pad.width * x, pad.y + pad.height * y];
  // a seven
  await page.mouse.move(...at(0.25, 0.2)); await page.mouse.down();
  await page.mouse.move(...at(0.72, 0.2), { steps: 12 }); await page.mouse.move(...at(0.45, 0.85), { steps: 14 }); await page.mouse.up();
  await wait(500);
  console.log(label, 'digits: test', await text('digits-test'), 'a seven is', await text('digit'));
  await shot('digits'); await check('digits');
  await press('#digits-clear'); await page.focus('#pad');
  for (const key of ['ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
  await page.keyboard.down('Shift'); for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowDown'); await page.keyboard.up('Shift');
  await page.keyboard.press('Space'); await wait(200); await page.keyboard.press('Delete');
  await page.select('#net', 'two'); await wait(900);
  await page.select('#net', 'conv'); await wait(4000);
  await press('#digits-sample'); await wait(400);
  console.log(label, 'conv', await text('digits-test'), await text('digit'), await text('digit-label'));
  await shot('digits-conv');
  const known = await page.$$eval('#digits-descent-rule option', all => all.map(o => o.value));
  await page.select('#net', 'dense'); 
  for (const rule of known.filter(r => r !== 'FullMatrixAdaGrad')) { await page.select('#digits-descent-rule', rule); await wait(300); console.log('   ', rule, await text('digits-steps'), await text('digits-test'), (await text('digits-status')).slice(0, 80)); if (!(await page.$eval('#digits-play', e => e.getAttribute('aria-pressed') === 'true'))) await press('#digits-play'); }
  await press('#digits-reset'); await wait(200);
  await page.close();
}
await browser.close();
console.log(wrong ? `${wrong} wrong` : 'all well');
process.exit(wrong ? 1 : 0);
