// scripts/rename-site.mjs: after cargo leptos build --split, names the site's script and WASM for what is in them.
//
// cargo-leptos 0.3.11 takes the hash of these two before it writes into them the name of the file that loads the pages'
// code. A release that changes the code of one page alone would leave their names as they are, and browsers, which keep
// them for a year, would go on with a script that asks for the files of the release before.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const [, , folder = 'target/site/pkg', hashFile = 'target/release/hash.txt'] = process.argv;
const read = (name) => readFileSync(`${folder}/${name}`);
const find = (pattern) => readdirSync(folder).find((name) => pattern.test(name));
const COMPRESSED = { '.br': (text) => brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: text.length } }), '.gz': (text) => gzipSync(text, { level: 9 }) };

let hashes = readFileSync(hashFile, 'utf8');

/** Gives the file and its compressed copies the hash of its content; answers with the old name and the new. */
function rename(kind) {
  const name = find(new RegExp(`^gittix\\.[^.]+\\.${kind}$`));
  const hash = createHash('md5').update(read(name)).digest('base64url');
  const renamed = `gittix.${hash}.${kind}`;
  for (const suffix of ['', ...Object.keys(COMPRESSED)]) {
    if (existsSync(`${folder}/${name}${suffix}`)) renameSync(`${folder}/${name}${suffix}`, `${folder}/${renamed}${suffix}`);
  }
  hashes = hashes.replace(new RegExp(`^${kind}: .*$`, 'm'), `${kind}: ${hash}`);
  return [name, renamed];
}

rename('wasm');
const [name, renamed] = rename('js');
// The loader imports the script. Its own name stays true: the script's new name follows from what the loader held before.
const loader = find(/^__wasm_split\.[^.]+\.js$/);
const text = read(loader).toString().replaceAll(name, renamed);
writeFileSync(`${folder}/${loader}`, text);
for (const [suffix, compress] of Object.entries(COMPRESSED)) {
  if (existsSync(`${folder}/${loader}${suffix}`)) writeFileSync(`${folder}/${loader}${suffix}`, compress(text));
}
// In one step, and last: a server that starts meanwhile finds the names of before or of after.
writeFileSync(`${hashFile}.new`, hashes);
renameSync(`${hashFile}.new`, hashFile);
