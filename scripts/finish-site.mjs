// scripts/finish-site.mjs [SITE] [HASH_FILE]: the last step of the site's build, after cargo leptos build --release --split.
// See docs/PERFORMANCE.md.
//
//   1. Removes code that no browser runs, and optimises the WASM.
//   2. Shortens the names by which script and WASM refer to each other, and the loader of the pages.
//   3. Renames script, WASM, loader and pages by the hash of their content. cargo-leptos 0.3.11 computes their hashes before it
//      writes the name of the pages' loader into them. Without this, a release that changes only one page's code would keep
//      both names, and browsers, which cache them for a year, would request the files of the previous release.
//   4. Compresses every file of the site with brotli and with gzip.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

// binaryen warns in every file of names that it does not read. It prints with the console.error from when it was loaded.
const print = console.error;
console.error = (text) => /unknown name subsection/.test(text) || print(text);
const { default: binaryen } = await import('binaryen');
console.error = print;
// What wasm-opt -Os sets. It is smaller after compression than -Oz.
binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(1);
binaryen.setGenerateStackIR(true);
binaryen.setOptimizeStackIR(true);

/**
 * Functions that only `hydrate_lazy` and a server call. Views hold pointers to them, so that the compiler keeps them. The compiler
 * merges equal functions and keeps one name, so a name stands here only if no function that a browser calls has an equal body.
 */
const NEVER_CALLED = /into_any13hydrate_async|into_any_nested_route15generate_routes/;
/** Classes of the crate wasm-streams, which a server function with a stream as argument or result would need. Ours have none. */
const STREAM_CLASSES = /export class (IntoUnderlying\w+)\{.*?\}Symbol\.dispose&&\(\1\.prototype\[Symbol\.dispose\]=\1\.prototype\.free\);/gs;
const STREAM_EXPORTS = /intounderlying/;

const [, , site = 'target/site', hashFile = 'target/release/hash.txt'] = process.argv;
const pkg = `${site}/pkg`;

const inPackage = (pattern) => readdirSync(pkg).filter((name) => pattern.test(name));
const read = (name) => readFileSync(`${pkg}/${name}`, 'utf8');
const write = (name, content) => writeFileSync(`${pkg}/${name}`, content);
const hashOf = (content) => createHash('md5').update(content).digest('base64url');

function only(pattern) {
  const found = inPackage(pattern);
  if (found.length !== 1) throw new Error(`${pkg} has ${found.length} files ${pattern} where there should be one.`);
  return found[0];
}

const functionsOf = (wasm) => Array.from({ length: wasm.getNumFunctions() }, (_, index) => binaryen.getFunctionInfo(wasm.getFunctionByIndex(index)));
const exportsOf = (wasm) => Array.from({ length: wasm.getNumExports() }, (_, index) => binaryen.getExportInfo(wasm.getExportByIndex(index)));

/** Reads a WASM file, without the code that no browser runs and the sections that are for tools. */
function optimised(file) {
  const wasm = binaryen.readBinary(readFileSync(`${pkg}/${file}`));
  const unused = functionsOf(wasm).filter(({ name }) => NEVER_CALLED.test(name));
  if (file === main && unused.length === 0) throw new Error(`${file} has no function ${NEVER_CALLED}; are the names of functions gone?`);
  for (const { name } of unused) binaryen.Function.setBody(wasm.getFunction(name), wasm.unreachable());
  for (const { name } of exportsOf(wasm)) if (STREAM_EXPORTS.test(name)) wasm.removeExport(name);
  wasm.runPasses(['strip-producers', 'strip-target-features']);
  wasm.optimize();
  if (!wasm.validate()) throw new Error(`${file} is no valid WASM any more.`);
  return wasm;
}

// Types for a compiler, which no browser requests
for (const name of inPackage(/\.d\.[^.]+\.ts$/)) rmSync(`${pkg}/${name}`);

const [main, script, loader] = [only(/^gittix\.[^.]+\.wasm$/), only(/^gittix\.[^.]+\.js$/), only(/^__wasm_split\.[^.]+\.js$/)];
const manifest = only(/^__wasm_split_manifest\.[^.]+\.json$/);

// wasm-bindgen's names have 16 random digits each, in the script and in the WASM. The loader's names stay.
const wasm = optimised(main);
const imports = functionsOf(wasm).filter(({ module }) => module);
const exports = exportsOf(wasm).filter(({ kind }) => kind === binaryen.ExternalFunction);
const BINDINGS = './gittix_bg.js';
const long = [...imports.map(({ base }) => base), ...exports.map(({ name }) => name)].filter((name) => /^(__wb|__extern|_ZN)/.test(name));
const short = new Map([[BINDINGS, '$'], [`./${loader}`, '$$'], ...long.map((name, index) => [name, `$${index.toString(36)}`])]);
const shortened = (name) => short.get(name) ?? name;
const code = read(script).replace(STREAM_CLASSES, '');
if (/\$[0-9a-z]/.test(code)) throw new Error(`${script} has a name that begins as the short ones do.`);
// The modules that the WASM imports are keys of an object. The script loads the loader by its own name.
const shortCode = code.replace(/[\w$]+/g, shortened).replace(/"([^"]*)":/g, (_, name) => `"${shortened(name)}":`);
// Functions call each other by names that only binaryen knows, and which stay.
for (const { name, module, base, params, results } of imports) {
  wasm.removeFunction(name);
  wasm.addFunctionImport(name, shortened(module), shortened(base), params, results);
}
for (const { name, value } of exports) {
  wasm.removeExport(name);
  wasm.addFunctionExport(value, shortened(name));
}
const shortWasm = wasm.emitBinary();
for (const { module } of WebAssembly.Module.imports(new WebAssembly.Module(shortWasm))) {
  if (!shortCode.includes(`"${module}":`)) throw new Error(`${script} does not pass ${module} to the WASM.`);
}

const names = new Map();
for (const name of inPackage(/^(?!gittix\.).*\.wasm$/)) {
  const [stem, hash] = name.split('.');
  const content = optimised(name).emitBinary();
  // Eight characters tell the versions of one file apart.
  const short = `${stem}.${hashOf(content).slice(0, 8)}`;
  rmSync(`${pkg}/${name}`);
  write(`${short}.wasm`, content);
  names.set(`${stem}.${hash}`, short);
}
write(manifest, JSON.stringify(JSON.parse(read(manifest), (_, value) => names.get(value) ?? value)));

// The loader has the same function once for each file.
const FETCH = /\(\) => \{\s*const src = fetch\(new URL\("\.\/([^"]+)\.wasm", import\.meta\.url\)\);\s*return async \(imports\) => \(WebAssembly\.instantiateStreaming\(src, imports\)\);\s*\}\s*/g;
const shortLoader = read(loader)
  .replace(FETCH, (_, name) => `$fetch("${names.get(name)}")`)
  .replaceAll('__chunk_', '$')
  .replace(/^\s*\/[/*].*\n/gm, '')
  .replace(/^\s+/gm, '');
const fetching = 'const $fetch = (name) => () => {\nconst src = fetch(new URL(`./${name}.wasm`, import.meta.url));\nreturn async (imports) => WebAssembly.instantiateStreaming(src, imports);\n};\n';
if (shortLoader.includes('undefined.wasm') || !shortLoader.includes('$fetch(')) throw new Error(`${loader} is not as this script expects it.`);

// Loader and script name each other, so each is named by its content without the other's name.
const loaderHash = hashOf(fetching + shortLoader.replaceAll(script, ''));
const newLoader = `__wasm_split.${loaderHash}.js`;
const newCode = shortCode.replaceAll(loader, newLoader);
const [wasmHash, scriptHash] = [hashOf(shortWasm), hashOf(newCode)];
const [newMain, newScript] = [`gittix.${wasmHash}.wasm`, `gittix.${scriptHash}.js`];
for (const name of [main, script, loader]) rmSync(`${pkg}/${name}`);
write(newMain, shortWasm);
write(newScript, newCode);
write(newLoader, fetching + shortLoader.replaceAll(script, newScript));
let hashes = readFileSync(hashFile, 'utf8');
for (const [kind, hash] of Object.entries({ wasm: wasmHash, js: scriptHash, split: loaderHash })) hashes = hashes.replace(new RegExp(`^${kind}: .*$`, 'm'), `${kind}: ${hash}`);

const files = readdirSync(site, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !/\.(br|gz)$/.test(entry.name));
await Promise.all(
  files.map(async (entry) => {
    const path = `${entry.parentPath ?? entry.path}/${entry.name}`;
    const content = readFileSync(path);
    writeFileSync(`${path}.br`, await promisify(brotliCompress)(content));
    writeFileSync(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
  }),
);

// Last, and in one step: a server that starts meanwhile reads the old names.
writeFileSync(`${hashFile}.new`, hashes);
renameSync(`${hashFile}.new`, hashFile);
