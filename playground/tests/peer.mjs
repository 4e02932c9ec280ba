// Training steps of the compiled library beside those of TensorFlow.js in the same browser, microseconds: the least and the median of
// windows in turn, and the ratio, for each of its back ends that can train. Net e (5-32-16-8-4-2, tanh, momentum) and 64-32-10 (ReLU, Adam)
// on mini-batches of 32. WebGL runs on the processor (SwiftShader) where there is no graphics card.
//
//   node tests/peer.mjs     with puppeteer-core, @tensorflow/tfjs and @tensorflow/tfjs-backend-wasm where node finds them
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';

const require = createRequire(process.env.NODE_MODULES ? `${process.env.NODE_MODULES}/` : import.meta.url);
let puppeteer, tfjs, wasm;
try {
  puppeteer = (await import(require.resolve('puppeteer-core'))).default;
  [tfjs, wasm] = ['tfjs', 'tfjs-backend-wasm'].map(name => join(dirname(require.resolve(`@tensorflow/${name}/package.json`)), 'dist'));
} catch (error) {
  console.log(`skipped: puppeteer-core and TensorFlow.js are not here (${error.code})`);
  process.exit(0);
}

// What runs in the page.
function program() {
  const N = 1408, B = 32;
  let library, seed = 1;
  const random = () => { seed = (seed * 48271) % 2147483647; return seed / 2147483647; };
  const ask = (of, what) => {
    const question = new TextEncoder().encode(JSON.stringify({ of, ask: what }));
    const at = library.question(question.length);
    new Uint8Array(library.memory.buffer).set(question, at);
    const length = library.answer();
    const answer = JSON.parse(new TextDecoder().decode(new Uint8Array(library.memory.buffer, library.text(), length)));
    if (answer.error) throw Error(answer.error);
    return answer;
  };
  const dense = (outputs, activation) => ({ Dense: { outputs, activation } });
  const x = Array.from({ length: N * 5 }, random), pixels = Array.from({ length: N * 64 }, random);
  const y = Array.from({ length: N }, (_, i) => x.slice(5 * i, 5 * i + 5)).flatMap(([a, b, c, d, e]) =>
    [Math.sin(a + b + c + d + e), 0.2 * (Math.cos(a - b + c - d + e) + c - e)]);
  const labels = Array.from({ length: N }, () => Math.floor(random() * 10));
  window.setup = async () => {
    library = (await WebAssembly.instantiate(await (await fetch('/gradflow.wasm')).arrayBuffer(), {})).instance.exports;
    ask('e', { Start: { data: { Table: { inputs: 5, x, outputs: 2, y } }, layers: [32, 16, 8, 4].map(n => dense(n, 'Tanh')), loss: 'SquaredError', rule: { MomentumSummed: { rate: 0.01, beta: 0.9 } }, batch: B, seed: 1 } });
    ask('digits', { Start: { data: 'Digits', layers: [dense(32, 'Relu')], loss: 'CategoricalCrossEntropy', rule: { Adam: { rate: 0.005 } }, batch: B, seed: 1 } });
  };
  window.ours = (of, steps) => {
    const begin = performance.now(), before = ask(of, { Train: 0 }).step, { step, end } = ask(of, { Train: steps });
    if (end || step - before !== steps) throw Error(`ended: ${end}`);
    return (performance.now() - begin) * 1e3 / steps;
  };
  const nets = {};
  window.peer = async backend => {
    if (backend === 'wasm') tf.wasm.setWasmPaths('/wasm/');
    if (!await tf.setBackend(backend)) throw Error(`no back end ${backend}`);
    await tf.ready();
    const net = (inputs, sizes, activation) => {
      const model = tf.sequential();
      sizes.forEach((units, i) => model.add(tf.layers.dense({ units, activation: i + 1 < sizes.length ? activation : 'linear', inputShape: i ? undefined : [inputs] })));
      return model;
    };
    const batches = (of, size) => Array.from({ length: N / B }, (_, b) => tf.tensor2d(of.slice(b * B * size, (b + 1) * B * size), [B, size]));
    const unit = labels.flatMap(label => Array.from({ length: 10 }, (_, k) => +(k === label)));
    nets.e = { model: net(5, [32, 16, 8, 4, 2], 'tanh'), rule: tf.train.momentum(0.01, 0.9), x: batches(x, 5), y: batches(y, 2), loss: (p, t) => tf.losses.meanSquaredError(t, p) };
    nets.digits = { model: net(64, [32, 10], 'relu'), rule: tf.train.adam(0.005), x: batches(pixels, 64), y: batches(unit, 10), loss: (p, t) => tf.losses.softmaxCrossEntropy(t, p) };
  };
  window.theirs = async (of, steps) => {
    const { model, rule, x, y, loss } = nets[of], begin = performance.now();
    for (let i = 0; i < steps; i++) {
      const b = i % x.length;
      tf.tidy(() => { rule.minimize(() => loss(model.apply(x[b], { training: true }), y[b])); });
    }
    await model.getWeights()[0].data(); // whatever waits is done
    return (performance.now() - begin) * 1e3 / steps;
  };
}

const page = `<!doctype html><meta charset=utf-8><title>steps</title><script src="/tfjs/tf.min.js"></script><script src="/wasm/tf-backend-wasm.min.js"></script><script>(${program})()</script>`;
const types = { '.js': 'text/javascript', '.wasm': 'application/wasm' };
const server = createServer(({ url }, response) => {
  const [, folder, name] = url.split('/');
  const body = () => url === '/' ? page : readFileSync(url === '/gradflow.wasm' ? new URL('../gradflow.wasm', import.meta.url) : join({ tfjs, wasm }[folder], name));
  try {
    const bytes = body();
    response.writeHead(200, { 'content-type': types[extname(url)] ?? 'text/html' }).end(bytes);
  } catch { response.writeHead(404).end(); }
}).listen(0);
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'],
});
const tab = await browser.newPage();
const sorted = of => of.sort((a, b) => a - b);
for (const backend of ['cpu', 'wasm', 'webgl']) {
  try {
    await tab.goto(`http://localhost:${server.address().port}/`);
    await tab.evaluate(() => setup());
    await tab.evaluate(name => peer(name), backend);
    for (const net of ['e', 'digits']) {
      const times = [[], []], steps = backend === 'webgl' ? 30 : 150;
      const both = async () => [await tab.evaluate(n => ours(n, 2000), net), await tab.evaluate((n, s) => theirs(n, s), net, steps)];
      await both();
      for (let i = 0; i < 9; i++) (await both()).forEach((time, k) => times[k].push(time));
      const [[a, , , , m], [b, , , , n]] = times.map(sorted);
      console.log(`${backend} ${net}: gradflow ${a.toFixed(1)} us (median ${m.toFixed(1)}), TensorFlow.js ${b.toFixed(1)} us (${n.toFixed(1)}), ratio of the least ${(b / a).toFixed(1)}, of medians ${(n / m).toFixed(1)}`);
    }
  } catch (error) { console.log(`${backend}: ${error.message.slice(0, 500)}`); }
}
await browser.close();
server.close();
