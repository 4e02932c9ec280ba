'use strict';
// The way to the worker: every request is a promise of answers.

const Engine = (() => {
  const waiting = new Map();
  let worker;
  let last = 0;

  const post = message => new Promise((resolve, reject) => {
    last += 1;
    waiting.set(last, { resolve, reject });
    worker.postMessage({ id: last, ...message });
  });

  const unpack = async text => {
    const bytes = Uint8Array.from(atob(text.trim()), letter => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return new Response(stream).arrayBuffer();
  };

  const start = async () => {
    const program = new Blob([document.getElementById('worker').textContent], { type: 'text/javascript' });
    worker = new Worker(URL.createObjectURL(program));
    worker.onmessage = ({ data: { id, answers, failure } }) => {
      const { resolve, reject } = waiting.get(id);
      waiting.delete(id);
      if (failure) reject(new Error(failure)); else resolve(answers);
    };
    await post({ wasm: await unpack(document.getElementById('wasm').textContent) });
  };

  // Steps first, where there are any, then questions; an answer `{ error }` is thrown.
  const all = async (of, asks, steps) => {
    const answers = await post({ of, asks, steps });
    const wrong = answers.find(answer => answer.error);
    if (wrong) throw new Error(wrong.error);
    return answers;
  };

  const one = async (of, ask) => (await all(of, [ask]))[0];

  return { start, all, one };
})();
