// scripts/budget.mjs [FOLDER]: prints what a browser loads for each page, in kB (1,000 bytes) of brotli, and fails if a page
// is over its budget. scripts/site.sh runs it after the build. HTML, icons and Stripe.js are left out. See docs/PERFORMANCE.md.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';

/** The budget of a page's first load, in kB, with what all pages share. */
const FIRST_LOAD = { home: 220, listing: 220, event: 263, 'sign-in': 235, order: 263 };
/** The budget of what each other page adds to what all share, in kB. */
const OWN = 38;
/** The pages of `FIRST_LOAD` that have separate files, with their module in app/src/lazy.rs. */
const MODULES = { event: 'event', order: 'order', 'sign-in': 'sign_in' };

const folder = process.argv[2] ?? 'target/site/pkg';

function size(name) {
  const path = `${folder}/${name}`;
  return statSync(`${path}.br`, { throwIfNoEntry: false })?.size ?? brotliCompressSync(readFileSync(path)).length;
}

function one(pattern) {
  const found = readdirSync(folder).filter((name) => pattern.test(name));
  if (found.length !== 1) throw new Error(`${folder} has ${found.length} files ${pattern} where there should be one; run scripts/site.sh first.`);
  return found[0];
}

const style = size(one(/^gittix\.[^.]+\.css$/));
const script = size(one(/^gittix\.[^.]+\.js$/)) + size(one(/^__wasm_split\.[^.]+\.js$/));
const wasm = size(one(/^gittix\.[^.]+\.wasm$/));
const shared = style + script + wasm;
const files = JSON.parse(readFileSync(`${folder}/${one(/^__wasm_split_manifest\.[^.]+\.json$/)}`, 'utf8'));
const ownOf = (module) => (files[module] ?? []).reduce((sum, file) => sum + size(`${file}.wasm`), 0);

const cell = (value) => String(value).padStart(8);
const number = (bytes) => cell((bytes / 1000).toFixed(1));
let isOver = false;

function row(page, own, counted, budget) {
  const isRowOver = counted > budget * 1000;
  isOver ||= isRowOver;
  console.log(page.padEnd(14) + [shared, own, shared + own].map(number).join('') + cell(budget) + (isRowOver ? '  over' : ''));
}

console.log(`shared by all, kB of brotli: style ${number(style).trim()}, scripts ${number(script).trim()}, WASM ${number(wasm).trim()}`);
console.log('first load'.padEnd(14) + ['shared', 'own', 'all', 'budget'].map(cell).join(''));
for (const [page, budget] of Object.entries(FIRST_LOAD)) {
  const own = ownOf(MODULES[page]);
  row(page, own, shared + own, budget);
}
console.log('own code'.padEnd(14) + ['shared', 'own', 'all', 'budget'].map(cell).join(''));
for (const module of Object.keys(files).filter((module) => !Object.values(MODULES).includes(module)).sort()) {
  const own = ownOf(module);
  row(module, own, own, OWN);
}
if (isOver) {
  console.error('A page is over its budget; docs/PERFORMANCE.md says how to find what is in it.');
  process.exitCode = 1;
}
