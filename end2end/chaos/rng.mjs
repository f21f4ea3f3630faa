// Seeded random numbers: the same seed gives the same faults and the same choices.

/** A stream of random numbers from a seed and a name. Each actor has its own, so that none affects another. */
export class Rng {
  #state;

  /** @param {number} seed @param {string} name */
  constructor(seed, name) {
    // FNV-1a over the name, so that similar names get unrelated streams.
    this.#state = [...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16777619), seed ^ 2166136261);
  }

  /** A number from 0 up to 1, by mulberry32. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** An integer from `min` to `max`, both included. @param {number} min @param {number} max */
  between(min, max) {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** True with this probability. @param {number} probability */
  chance(probability) {
    return this.next() < probability;
  }

  /** One of the choices. @template T @param {readonly T[]} choices @returns {T} */
  pick(choices) {
    const chosen = choices[this.between(0, choices.length - 1)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  }

  /** The items in random order. @template T @param {readonly T[]} items @returns {T[]} */
  shuffled(items) {
    return items
      .map((item) => ({ item, key: this.next() }))
      .sort((a, b) => a.key - b.key)
      .map(({ item }) => item);
  }
}
