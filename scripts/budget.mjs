// scripts/budget.mjs: what a browser loads for each page, in bytes of brotli, and whether it is within the budget.
// After a release build. The page itself, its icons and Stripe.js are left out.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';

/** Thousands of bytes for the first load of a page, and for what a page adds to the files that all share. */
const BUDGET = { home: 190, ticket: 190, 'sign-in': 190, order: 240 };
const OWN_BUDGET = 20;
/** The pages whose code is in files of their own, by the name of their module in app/src/lazy.rs. */
const MODULES = { ticket: 'ticket', order: 'order' };

const folder = process.argv[2] ?? 'target/site/pkg';
const files = readdirSync(folder);

const size = (name) => {
  try {
    return statSync(`${folder}/${name}.br`).size;
  } catch {
    return brotliCompressSync(readFileSync(`${folder}/${name}`)).length;
  }
};
const sum = (names) => names.reduce((total, name) => total + size(name), 0);
const matching = (pattern) => files.filter((name) => pattern.test(name));
const one = (pattern) => {
  const found = matching(pattern);
  if (found.length !== 1) throw new Error(`${folder} should have one ${pattern}, and has ${found.length}; build the release first.`);
  return found;
};
const kilobytes = (bytes) => (bytes / 1000).toFixed(1).padStart(8);

const css = sum(one(/^gittix\..*css$/));
const script = sum([...one(/^gittix\..*js$/), ...matching(/^__wasm_split\..*js$/)]);
const wasm = sum(one(/^gittix\..*wasm$/));
const [manifest] = matching(/^__wasm_split_manifest\..*json$/);
const chunks = manifest ? JSON.parse(readFileSync(`${folder}/${manifest}`, 'utf8')) : {};
const own = (module) => sum((chunks[module] ?? []).map((chunk) => `${chunk}.wasm`));

const shared = css + script + wasm;
let isOver = false;
const row = (page, extra, budget, measured) => {
  const isRowOver = budget !== undefined && measured > budget * 1000;
  isOver ||= isRowOver;
  const words = budget === undefined ? '' : `${String(budget).padStart(8)}${isRowOver ? '  over' : ''}`;
  console.log(`${page.padEnd(14)}${kilobytes(css)}${kilobytes(script)}${kilobytes(wasm)}${kilobytes(extra)}${kilobytes(shared + extra)}${words}`);
};
console.log(`${'kB of brotli'.padEnd(14)}${['style', 'script', 'wasm', 'own', 'all', 'budget'].map((word) => word.padStart(8)).join('')}`);
for (const [page, budget] of Object.entries(BUDGET)) {
  const extra = own(MODULES[page]);
  row(page, extra, budget, shared + extra);
}
for (const module of Object.keys(chunks).sort()) {
  if (!Object.values(MODULES).includes(module)) row(module, own(module), undefined, 0);
}
