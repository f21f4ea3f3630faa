// scripts/finish-site.mjs [SITE] [HASH_FILE]: the last step of the site's build, after cargo leptos build --release --split.
// See docs/PERFORMANCE.md.
//
//   1. Renames script and WASM by the hash of their content. cargo-leptos 0.3.11 computes their hashes before it writes
//      the name of the pages' loader into them. Without this, a release that changes only one page's code would keep
//      both names, and browsers, which cache them for a year, would request the files of the previous release.
//   2. Compresses every file of the site with brotli and with gzip.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

const [, , site = 'target/site', hashFile = 'target/release/hash.txt'] = process.argv;
const pkg = `${site}/pkg`;

/** Runs `work` on all, with as many at once as there are cores. */
async function each(all, work) {
  const left = [...all];
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      for (let one = left.pop(); one !== undefined; one = left.pop()) await work(one);
    }),
  );
}

const files = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`);
const inPackage = (pattern) => readdirSync(pkg).filter((name) => pattern.test(name));

// Types for a compiler, which no browser requests
for (const name of inPackage(/\.d\.[^.]+\.ts$/)) rmSync(`${pkg}/${name}`);

let hashes = readFileSync(hashFile, 'utf8');
const names = {};
for (const kind of ['wasm', 'js']) {
  const [name] = inPackage(new RegExp(`^gittix\\.[^.]+\\.${kind}$`));
  const hash = createHash('md5').update(readFileSync(`${pkg}/${name}`)).digest('base64url');
  renameSync(`${pkg}/${name}`, `${pkg}/gittix.${hash}.${kind}`);
  hashes = hashes.replace(new RegExp(`^${kind}: .*$`, 'm'), `${kind}: ${hash}`);
  names[kind] = [name, `gittix.${hash}.${kind}`];
}
// The loader imports the script. Its own name still identifies its content: the script's new name follows from the loader's old content.
const [loader] = inPackage(/^__wasm_split\.[^.]+\.js$/);
writeFileSync(`${pkg}/${loader}`, readFileSync(`${pkg}/${loader}`, 'utf8').replaceAll(...names.js).replace(/^\/\*.*\*\/\n/gm, ''));

await each(files(site), async (path) => {
  if (/\.(br|gz)$/.test(path)) return;
  const content = readFileSync(path);
  writeFileSync(`${path}.br`, await promisify(brotliCompress)(content));
  writeFileSync(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
});

// Last, and in one step: a server that starts meanwhile reads the old names.
writeFileSync(`${hashFile}.new`, hashes);
renameSync(`${hashFile}.new`, hashFile);
