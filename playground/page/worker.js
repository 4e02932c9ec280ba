'use strict';
// The library in a thread of its own: takes steps and answers questions.

let library;

const ask = (of, ask) => {
  const question = new TextEncoder().encode(JSON.stringify({ of, ask }));
  const at = library.question(question.length);
  new Uint8Array(library.memory.buffer).set(question, at);
  const length = library.answer();
  const memory = library.memory.buffer;
  const text = new TextDecoder().decode(new Uint8Array(memory, library.text(), length));
  const numbers = new Float32Array(memory, library.numbers(), library.count()).slice();
  return { ...JSON.parse(text), numbers };
};

// Takes up to so many steps, in portions that grow until they take a few milliseconds, and no more than so much time.
const train = (of, { steps, time }) => {
  const end = performance.now() + time;
  let portion = 1;
  let answer;
  do {
    const begin = performance.now();
    portion = Math.min(portion, steps);
    answer = ask(of, { Train: portion });
    steps -= portion;
    if (performance.now() - begin < time / 8) portion *= 2;
  } while (steps > 0 && !answer.end && !answer.error && performance.now() < end);
  return answer;
};

onmessage = async ({ data: { id, wasm, of, steps, asks } }) => {
  try {
    if (wasm) library = (await WebAssembly.instantiate(wasm, {})).instance.exports;
    const answers = [];
    if (steps) answers.push(train(of, steps));
    for (const question of asks ?? []) answers.push(ask(of, question));
    postMessage({ id, answers }, answers.map(answer => answer.numbers.buffer));
  } catch (error) {
    postMessage({ id, failure: String(error) });
  }
};
