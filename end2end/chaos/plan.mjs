// The faults and their times. The seed decides them before anything starts.
import { setTimeout as sleep } from 'node:timers/promises';

/** The pause between two faults. */
const PAUSE_MS = /** @type {const} */ ([300, 2000]);
/** How long a killed process stays dead. */
const DEAD_MS = /** @type {const} */ ([100, 3000]);

/** @typedef {import('./system.mjs').System} System */
/** @typedef {import('./rng.mjs').Rng} Rng */
/** @typedef {{ kind: string, at_ms: number, details: string, inject: (system: System) => Promise<void> }} Fault */

/**
 * Each kind of fault: draws its parameters, and returns their description and the function that injects it.
 * @type {Record<string, (rng: Rng) => { details: string, inject: (system: System) => Promise<void> }>}
 */
const KINDS = {
  'kill a server': (rng) => downtime(rng, rng.pick(['server-1', 'server-2']), 'SIGKILL'),
  'stop a server': (rng) => downtime(rng, rng.pick(['server-1', 'server-2']), 'SIGTERM'),
  'kill a worker': (rng) => downtime(rng, rng.pick(['worker-1', 'worker-2']), 'SIGKILL'),
  'kill both workers': (rng) => {
    const dead_ms = rng.between(...DEAD_MS);
    return {
      details: `for ${dead_ms} ms`,
      inject: async ({ workers }) => void (await Promise.all(workers.map((worker) => down(worker, 'SIGKILL', dead_ms)))),
    };
  },
  'stop a worker': (rng) => downtime(rng, rng.pick(['worker-1', 'worker-2']), 'SIGTERM'),
  'kill Redis': (rng) => downtime(rng, 'redis', 'SIGKILL'),
  'empty Redis': () => ({ details: '', inject: async (system) => void (await system.redisCommand('FLUSHALL')) }),
  'stall Redis': (rng) => {
    const stall_ms = rng.between(500, 6000);
    return { details: `for ${stall_ms} ms`, inject: async (system) => void (await system.redisCommand('CLIENT', 'PAUSE', String(stall_ms), 'ALL')) };
  },
  'kill PostgreSQL': (rng) => downtime(rng, 'postgres', 'SIGKILL'),
  'restart PostgreSQL': (rng) => downtime(rng, 'postgres', 'SIGINT'),
  'cut PostgreSQL’s connections': () => ({
    details: '',
    inject: async (system) => void (await system.sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()')),
  }),
  'freeze Stripe': (rng) => {
    const frozen_ms = rng.between(500, 4000);
    return {
      details: `for ${frozen_ms} ms`,
      inject: async ({ simulator }) => {
        simulator.signal('SIGSTOP');
        await sleep(frozen_ms);
        simulator.signal('SIGCONT');
      },
    };
  },
  'webhooks are lost, late or repeated': (rng) =>
    simulatorFaults({
      webhook_duplicate: rng.between(0, 3),
      webhook_delay_ms: rng.between(0, 3000),
      webhook_reorder: rng.chance(0.5),
      webhook_drop_ratio: rng.pick([0, 0.3, 0.6, 1]),
      seed: rng.between(0, 1_000_000),
    }),
  'the operator refunds parts by hand': (rng) => {
    const [orders, share] = [rng.between(1, 4), rng.pick([0.1, 0.5, 1])];
    return { details: `${share} of what is left of ${orders}`, inject: (system) => system.refundParts(orders, share) };
  },
  'a bank returns refunds': (rng) => {
    const refunds = rng.between(1, 2);
    return { details: `the newest ${refunds}`, inject: (system) => system.returnRefunds(refunds) };
  },
  'banks dispute payments': (rng) => {
    const [payments, acts] = [rng.between(1, 4), rng.pick([['disputed'], ['inquired'], ['warned', 'disputed'], ['inquired', 'disputed', 'answered'], ['disputed', 'won'], ['disputed', 'lost']])];
    return { details: `${acts.join(', ')}: ${payments}`, inject: (system) => system.banks(payments, acts) };
  },
  'Stripe fails': (rng) => simulatorFaults({ fail_next: rng.between(2, 12), path: anyPath(rng) }),
  'Stripe’s responses are lost': (rng) => simulatorFaults({ lose_answer_next: rng.between(2, 12), path: anyPath(rng) }),
  'Stripe stalls': (rng) => simulatorFaults({ stall_next: rng.between(2, 8), stall_ms: rng.between(300, 6000), path: anyPath(rng) }),
};

/** The requests that a fault at Stripe affects. @param {Rng} rng */
function anyPath(rng) {
  return rng.pick([null, null, 'POST /v1/payment_intents', '/capture', '/cancel', 'GET /v1/payment_intents', '/v1/refunds', '/v1/disputes']);
}

/** @param {Record<string, unknown>} set */
function simulatorFaults(set) {
  return { details: JSON.stringify(set), inject: (/** @type {System} */ system) => system.setFaults(set) };
}

/** @param {Rng} rng @param {string} name @param {NodeJS.Signals} signal */
function downtime(rng, name, signal) {
  const dead_ms = rng.between(...DEAD_MS);
  return { details: `${name} for ${dead_ms} ms`, inject: async (/** @type {System} */ system) => down(system.part(name), signal, dead_ms) };
}

/** @param {import('./process.mjs').Process} part @param {NodeJS.Signals} signal @param {number} dead_ms */
async function down(part, signal, dead_ms) {
  // Dead already by an earlier fault, which starts it again.
  if (!part.isUp) return;
  await part.end(signal);
  await sleep(dead_ms);
  part.start();
}

/**
 * Faults for `duration_ms`, about one a second. Every kind comes once before any comes again.
 * @param {Rng} rng @param {number} duration_ms @returns {Fault[]}
 */
export function plan(rng, duration_ms) {
  const faults = [];
  let deck = /** @type {string[]} */ ([]);
  for (let at_ms = 1000; at_ms < duration_ms; at_ms += rng.between(...PAUSE_MS)) {
    if (deck.length === 0) deck = rng.shuffled(Object.keys(KINDS));
    const kind = /** @type {string} */ (deck.pop());
    const make = /** @type {NonNullable<typeof KINDS[string]>} */ (KINDS[kind]);
    faults.push({ kind, at_ms, ...make(rng) });
  }
  return faults;
}
