// scripts/finish-site.mjs: what cargo leptos build --release --split leaves to be done on target/site. See docs/PERFORMANCE.md.
//
//   1. Cuts functions out of the WASM that no page calls, then makes it small by wasm-opt. cargo-leptos is told to keep the
//      functions' names until then (Cargo.toml: wasm-opt-features).
//   2. Names script and WASM for what is in them. cargo-leptos 0.3.11 takes their hashes before it writes into them the
//      name of the file that loads the pages' code. A release that changes the code of one page alone would leave their
//      names as they are, and browsers, which keep them for a year, would ask for the files of the release before.
//   3. Compresses every file of the site, for browsers that take brotli and for those that take gzip.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

const [, , site = 'target/site', hashFile = 'target/release/hash.txt'] = process.argv;
const pkg = `${site}/pkg`;

// A page is hydrated in one piece (frontend/src/lib.rs), on HTML that a server has rendered for it. LLVM cannot know that,
// because views call these by pointers. Should one be called all the same, it ends the script with "unreachable".
// Off: with /hydrate_async|hydrate_from_template|generate_routes/ pages end in "unreachable" (docs/PERFORMANCE.md).
const UNUSED = /(?!)/;
const OPTIMIZE = ['-Os', '--enable-bulk-memory', '--enable-nontrapping-float-to-int'];

/** A reader of WASM's binary format. */
class Reader {
  at = 0;
  constructor(bytes) {
    this.bytes = bytes;
  }
  get isAtEnd() {
    return this.at >= this.bytes.length;
  }
  byte() {
    return this.bytes[this.at++];
  }
  number() {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }
  take(length) {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
  text() {
    return this.take(this.number()).toString();
  }
  limits() {
    const flags = this.byte();
    this.number();
    if (flags & 1) this.number();
  }
}

function encoded(number) {
  const bytes = [];
  do {
    bytes.push((number & 127) | (number > 127 ? 128 : 0));
    number = Math.floor(number / 128);
  } while (number > 0);
  return Buffer.from(bytes);
}

/** How many functions a module imports: its own are numbered after them. */
function importedFunctions(section) {
  const reader = new Reader(section);
  let functions = 0;
  for (let left = reader.number(); left > 0; left -= 1) {
    reader.text();
    reader.text();
    const kind = reader.byte();
    if (kind === 0) {
      functions += 1;
      reader.number();
    } else if (kind === 1) {
      reader.byte();
      reader.limits();
    } else if (kind === 2) {
      reader.limits();
    } else {
      reader.take(2);
    }
  }
  return functions;
}

/** The names of functions, by number, from the custom section "name". */
function functionNames(reader) {
  const names = new Map();
  while (!reader.isAtEnd) {
    const kind = reader.byte();
    const part = new Reader(reader.take(reader.number()));
    if (kind !== 1) continue;
    for (let left = part.number(); left > 0; left -= 1) {
      const place = part.number();
      names.set(place, part.text());
    }
  }
  return names;
}

/** The module with every unused function's body replaced by one that cannot be reached, and how many those are. */
function withoutUnused(wasm) {
  const reader = new Reader(wasm);
  const header = reader.take(8);
  const sections = [];
  let imported = 0;
  let names = new Map();
  while (!reader.isAtEnd) {
    const kind = reader.byte();
    const content = reader.take(reader.number());
    if (kind === 2) imported = importedFunctions(content);
    if (kind === 0) {
      const custom = new Reader(content);
      if (custom.text() === 'name') names = functionNames(custom);
    }
    sections.push({ kind, content });
  }
  let cut = 0;
  const parts = sections.map(({ kind, content }) => {
    if (kind !== 10) return [Buffer.from([kind]), encoded(content.length), content];
    const code = new Reader(content);
    const count = code.number();
    const bodies = [encoded(count)];
    for (let place = 0; place < count; place += 1) {
      let body = code.take(code.number());
      if (UNUSED.test(names.get(imported + place) ?? '')) {
        // No locals, unreachable, end
        body = Buffer.from([0, 0, 11]);
        cut += 1;
      }
      bodies.push(encoded(body.length), body);
    }
    const changed = Buffer.concat(bodies);
    return [Buffer.from([kind]), encoded(changed.length), changed];
  });
  return { wasm: Buffer.concat([header, ...parts.flat()]), cut };
}

/** Runs `work` on all, as many at once as there are cores. */
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

let cut = 0;
await each(inPackage(/\.wasm$/), async (name) => {
  const smaller = withoutUnused(readFileSync(`${pkg}/${name}`));
  cut += smaller.cut;
  writeFileSync(`${pkg}/${name}`, smaller.wasm);
  await promisify(execFile)('wasm-opt', [...OPTIMIZE, `${pkg}/${name}`, '-o', `${pkg}/${name}`], { env: { ...process.env, BINARYEN_CORES: '1' } });
});

// Types for a compiler, which no browser asks for
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
// The loader imports the script. Its own name stays true: the script's new name follows from what the loader held before.
const [loader] = inPackage(/^__wasm_split\.[^.]+\.js$/);
writeFileSync(`${pkg}/${loader}`, readFileSync(`${pkg}/${loader}`, 'utf8').replaceAll(...names.js).replace(/^\/\*.*\*\/\n/gm, ''));

await each(files(site), async (path) => {
  if (/\.(br|gz)$/.test(path)) return;
  const content = readFileSync(path);
  writeFileSync(`${path}.br`, await promisify(brotliCompress)(content));
  writeFileSync(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
});

// In one step, and last: a server that starts meanwhile finds the names of before.
writeFileSync(`${hashFile}.new`, hashes);
renameSync(`${hashFile}.new`, hashFile);
