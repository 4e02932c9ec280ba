// The committed wasm against the digests of the native library, in node.
//
//   node tests/node.mjs [WASM]
import { readFileSync } from 'node:fs';

const here = new URL('.', import.meta.url);
const wasm = readFileSync(process.argv[2] ?? new URL('../gradflow.wasm', here));
const { instance: { exports: library } } = await WebAssembly.instantiate(wasm, {});

const ask = ask => {
  const question = new TextEncoder().encode(JSON.stringify({ of: 'test', ask }));
  const at = library.question(question.length);
  new Uint8Array(library.memory.buffer).set(question, at);
  const length = library.answer();
  const answer = JSON.parse(new TextDecoder().decode(new Uint8Array(library.memory.buffer, library.text(), length)));
  if (answer.error) throw new Error(answer.error);
  return answer;
};

const list = JSON.parse(readFileSync(new URL('digests.json', here)));
let wrong = 0;
for (const { name, steps, digest, config } of list) {
  ask({ Start: config });
  ask({ Train: steps });
  const found = ask('Look');
  if (found.step === steps && found.digest === digest) continue;
  wrong += 1;
  console.error(`${name}: ${found.digest} after ${found.step} steps, natively ${digest} after ${steps}`);
}
if (list.length === 0 || wrong) {
  console.error(`${wrong} of ${list.length} trainings differ from the native library`);
  process.exit(1);
}
console.log(`${list.length} trainings end at the bits of the native library`);
