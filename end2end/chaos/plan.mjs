// What goes wrong and when, decided by the seed before anything starts.
import { setTimeout as sleep } from 'node:timers/promises';

/** Pauses between two faults. */
const PAUSE_MS = /** @type {const} */ ([300, 2000]);
/** How long what was killed stays dead. */
const DEAD_MS = /** @type {const} */ ([100, 3000]);

/** @typedef {import('./house.mjs').House} House */
/** @typedef {import('./random.mjs').Dice} Dice */
/** @typedef {{ kind: string, at_ms: number, words: string, strike: (house: House) => Promise<void> }} Fault */

/**
 * Each kind of fault: draws its particulars, and answers with their words and how it is done.
 * @type {Record<string, (dice: Dice) => { words: string, strike: (house: House) => Promise<void> }>}
 */
const KINDS = {
  'kill a server': (dice) => downtime(dice, dice.one(['server-1', 'server-2']), 'SIGKILL'),
  'stop a server': (dice) => downtime(dice, dice.one(['server-1', 'server-2']), 'SIGTERM'),
  'kill a worker': (dice) => downtime(dice, dice.one(['worker-1', 'worker-2']), 'SIGKILL'),
  'kill both workers': (dice) => {
    const dead_ms = dice.between(...DEAD_MS);
    return {
      words: `for ${dead_ms} ms`,
      strike: async ({ workers }) => void (await Promise.all(workers.map((worker) => down(worker, 'SIGKILL', dead_ms)))),
    };
  },
  'stop a worker': (dice) => downtime(dice, dice.one(['worker-1', 'worker-2']), 'SIGTERM'),
  'kill Redis': (dice) => downtime(dice, 'redis', 'SIGKILL'),
  'empty Redis': () => ({ words: '', strike: async (house) => void (await house.redisCommand('FLUSHALL')) }),
  'stall Redis': (dice) => {
    const stall_ms = dice.between(500, 6000);
    return { words: `for ${stall_ms} ms`, strike: async (house) => void (await house.redisCommand('CLIENT', 'PAUSE', String(stall_ms), 'ALL')) };
  },
  'kill PostgreSQL': (dice) => downtime(dice, 'postgres', 'SIGKILL'),
  'restart PostgreSQL': (dice) => downtime(dice, 'postgres', 'SIGINT'),
  'cut PostgreSQL’s connections': () => ({
    words: '',
    strike: async (house) => void (await house.sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()')),
  }),
  'freeze Stripe': (dice) => {
    const frozen_ms = dice.between(500, 4000);
    return {
      words: `for ${frozen_ms} ms`,
      strike: async ({ simulator }) => {
        simulator.signal('SIGSTOP');
        await sleep(frozen_ms);
        simulator.signal('SIGCONT');
      },
    };
  },
  'webhooks go astray': (dice) =>
    knobs({
      webhook_duplicate: dice.between(0, 3),
      webhook_delay_ms: dice.between(0, 3000),
      webhook_reorder: dice.falls(0.5),
      webhook_drop_ratio: dice.one([0, 0.3, 0.6, 1]),
      seed: dice.between(0, 1_000_000),
    }),
  'Stripe fails': (dice) => knobs({ fail_next: dice.between(2, 12), path: somewhere(dice) }),
  'Stripe’s answers get lost': (dice) => knobs({ lose_answer_next: dice.between(2, 12), path: somewhere(dice) }),
  'Stripe stalls': (dice) => knobs({ stall_next: dice.between(2, 8), stall_ms: dice.between(300, 6000), path: somewhere(dice) }),
};

/** The calls that a fault at Stripe is about. @param {Dice} dice */
function somewhere(dice) {
  return dice.one([null, null, 'POST /v1/payment_intents', '/capture', '/cancel', 'GET /v1/payment_intents', '/v1/refunds']);
}

/** @param {Record<string, unknown>} set */
function knobs(set) {
  return { words: JSON.stringify(set), strike: (/** @type {House} */ house) => house.knobs(set) };
}

/** @param {Dice} dice @param {string} name @param {NodeJS.Signals} signal */
function downtime(dice, name, signal) {
  const dead_ms = dice.between(...DEAD_MS);
  return { words: `${name} for ${dead_ms} ms`, strike: async (/** @type {House} */ house) => down(house.part(name), signal, dead_ms) };
}

/** @param {import('./process.mjs').Process} part @param {NodeJS.Signals} signal @param {number} dead_ms */
async function down(part, signal, dead_ms) {
  // Dead already, by an earlier fault, and about to be started again by it.
  if (!part.isUp) return;
  await part.end(signal);
  await sleep(dead_ms);
  part.start();
}

/**
 * Faults for a time, one every second or so; each kind before any comes again.
 * @param {Dice} dice @param {number} duration_ms @returns {Fault[]}
 */
export function plan(dice, duration_ms) {
  const faults = [];
  let deck = /** @type {string[]} */ ([]);
  for (let at_ms = 1000; at_ms < duration_ms; at_ms += dice.between(...PAUSE_MS)) {
    if (deck.length === 0) deck = dice.shuffled(Object.keys(KINDS));
    const kind = /** @type {string} */ (deck.pop());
    const make = /** @type {NonNullable<typeof KINDS[string]>} */ (KINDS[kind]);
    faults.push({ kind, at_ms, ...make(dice) });
  }
  return faults;
}
