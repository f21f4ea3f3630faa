// scripts/wasm.mjs: reads and edits WASM modules in ways that wasm-opt cannot. scripts/finish-site.mjs uses it.

const CUSTOM = 0;
const IMPORT = 2;
const EXPORT = 7;
const CODE = 10;
const HEADER_BYTES = 8;
/** What one kind of import or export refers to. */
const KIND = { function: 0, table: 1, memory: 2, global: 3, tag: 4 };
/** The body of a function that is never called: no locals, `unreachable`, `end`. */
const UNREACHABLE = Buffer.from([0x00, 0x00, 0x0b]);

class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }
  byte() {
    return this.bytes[this.at++];
  }
  number() {
    let result = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) return result >>> 0;
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
    if (this.byte() & 1) this.number();
    this.number();
  }
}

function number(value) {
  const bytes = [];
  for (; value >= 0x80; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return Buffer.from([...bytes, value]);
}

const text = (value) => Buffer.concat([number(Buffer.byteLength(value)), Buffer.from(value)]);
const vector = (items) => Buffer.concat([number(items.length), ...items]);

/** The sections of a module, in their order: `{ id, bytes }`. */
function sectionsOf(module) {
  const sections = [];
  for (const reader = new Reader(module, HEADER_BYTES); reader.at < module.length; ) sections.push({ id: reader.byte(), bytes: reader.take(reader.number()) });
  return sections;
}

function join(module, sections) {
  return Buffer.concat([module.subarray(0, HEADER_BYTES), ...sections.flatMap(({ id, bytes }) => [Buffer.from([id]), number(bytes.length), bytes])]);
}

/** The imports: `{ module, name, kind, rest }`, where `rest` is the type as it is. */
function importsOf(sections) {
  const section = sections.find(({ id }) => id === IMPORT);
  if (!section) return [];
  const reader = new Reader(section.bytes);
  return Array.from({ length: reader.number() }, () => {
    const [module, name, start] = [reader.text(), reader.text(), reader.at];
    const kind = reader.byte();
    if (kind === KIND.table) reader.byte();
    if (kind === KIND.global || kind === KIND.tag) reader.take(2);
    else if (kind === KIND.function) reader.number();
    else reader.limits();
    return { module, name, kind, rest: section.bytes.subarray(start, reader.at) };
  });
}

/** The names of functions by their index, from the section `name`. */
function functionNames(sections) {
  const names = new Map();
  for (const { id, bytes } of sections) {
    const reader = new Reader(bytes);
    if (id !== CUSTOM || reader.text() !== 'name') continue;
    while (reader.at < bytes.length) {
      const isFunctions = reader.byte() === 1;
      const part = new Reader(reader.take(reader.number()));
      if (isFunctions) for (let left = part.number(); left > 0; left--) names.set(part.number(), part.text());
    }
  }
  return names;
}

/** Replaces the body of every function whose name matches `pattern` by `unreachable`. Returns the module and how many there were. */
export function withoutBodies(module, pattern) {
  const sections = sectionsOf(module);
  const names = functionNames(sections);
  const imported = importsOf(sections).filter(({ kind }) => kind === KIND.function).length;
  let count = 0;
  for (const section of sections.filter(({ id }) => id === CODE)) {
    const reader = new Reader(section.bytes);
    const bodies = Array.from({ length: reader.number() }, (_, index) => {
      const body = reader.take(reader.number());
      if (!pattern.test(names.get(imported + index) ?? '')) return body;
      count++;
      return UNREACHABLE;
    });
    section.bytes = vector(bodies.map((body) => Buffer.concat([number(body.length), body])));
  }
  return { module: join(module, sections), count };
}

/** Removes the exports whose name matches `pattern`. */
export function withoutExports(module, pattern) {
  return withExports(module, (name) => (pattern.test(name) ? undefined : name));
}

/** Gives each import and export the name that `rename` returns for it. */
export function renamed(module, rename) {
  const sections = sectionsOf(module);
  for (const section of sections.filter(({ id }) => id === IMPORT)) {
    section.bytes = vector(importsOf([section]).map(({ module, name, rest }) => Buffer.concat([text(rename(module)), text(rename(name)), rest])));
  }
  return withExports(join(module, sections), rename);
}

function withExports(module, rename) {
  const sections = sectionsOf(module);
  for (const section of sections.filter(({ id }) => id === EXPORT)) {
    const reader = new Reader(section.bytes);
    const all = Array.from({ length: reader.number() }, () => ({ name: rename(reader.text()), kind: reader.byte(), index: reader.number() }));
    section.bytes = vector(all.filter(({ name }) => name !== undefined).map(({ name, kind, index }) => Buffer.concat([text(name), Buffer.from([kind]), number(index)])));
  }
  return join(module, sections);
}

/** The names of the module's imports and exports. */
export function namesOf(module) {
  const compiled = new WebAssembly.Module(module);
  return new Set([...WebAssembly.Module.imports(compiled), ...WebAssembly.Module.exports(compiled)].map(({ name }) => name));
}
