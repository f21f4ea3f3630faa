// Seeded randomness: the same seed plans the same faults and has people choose alike.

/** A stream of numbers that a seed and a name decide. Each actor has its own, so that none disturbs another. */
export class Dice {
  #state;

  /** @param {number} seed @param {string} name */
  constructor(seed, name) {
    // FNV-1a over the name: neighbours get streams that have nothing in common.
    this.#state = [...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16777619), seed ^ 2166136261);
  }

  /** From 0 up to 1: mulberry32. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number between two, both included. @param {number} least @param {number} most */
  between(least, most) {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** Whether something of this probability happens. @param {number} probability */
  falls(probability) {
    return this.next() < probability;
  }

  /** One of several. @template T @param {readonly T[]} choices @returns {T} */
  one(choices) {
    const chosen = choices[this.between(0, choices.length - 1)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  }

  /** The same things in another order. @template T @param {readonly T[]} things @returns {T[]} */
  shuffled(things) {
    return things
      .map((thing) => ({ thing, place: this.next() }))
      .sort((a, b) => a.place - b.place)
      .map(({ thing }) => thing);
  }
}
