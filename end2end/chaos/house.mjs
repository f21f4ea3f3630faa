// A whole GitTix whose every part can be killed: two servers, two workers, the payment simulator,
// and a PostgreSQL and a Redis that are its own.
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { Process } from './process.mjs';

const run = promisify(execFile);

/** More than any answer of psql's here. */
const OUTPUT_BYTES = 64 * 1024 * 1024;
const START_MS = 60_000;

/**
 * What scripts/chaos.sh has prepared.
 * @typedef {object} Premises
 * @property {string} folder data and logs
 * @property {string} bin where the product's binaries are
 * @property {string} pgBin where PostgreSQL's are
 * @property {string[]} asService how a service is started as a user that may be one
 * @property {number} firstPort the first of five
 * @property {number} lockSeconds
 * @property {Record<string, string>} secrets
 */

export class House {
  /** @param {Premises} premises */
  constructor(premises) {
    const { folder, bin, pgBin, asService, firstPort, lockSeconds, secrets } = premises;
    const ports = { pg: firstPort, redis: firstPort + 1, sim: firstPort + 2, servers: [firstPort + 3, firstPort + 4] };
    this.premises = premises;
    this.ports = ports;
    this.urls = ports.servers.map((port) => `http://127.0.0.1:${port}`);
    this.sim = `http://127.0.0.1:${ports.sim}`;
    this.secretKey = secrets.STRIPE_SECRET_KEY ?? '';
    this.env = {
      PATH: process.env.PATH,
      ...secrets,
      APP_ENV: 'development',
      DATABASE_URL: `postgres://gittix:${secrets.PG_PASSWORD}@127.0.0.1:${ports.pg}/chaos`,
      // Four processes, and a PostgreSQL of a hundred connections.
      DATABASE_CONNECTIONS: '12',
      REDIS_URL: `redis://:${secrets.REDIS_PASSWORD}@127.0.0.1:${ports.redis}/0`,
      STRIPE_API_BASE: this.sim,
      STRIPE_JS_URL: `${this.sim}/v3/`,
      LOCK_SECONDS: String(lockSeconds),
      // Who buys here is in a hurry, and comes from one address.
      MAX_ACTIVE_LOCKS: '1000',
      LOCK_COOLDOWN_SECONDS: '0',
      MAX_LINE_PLACES: '1000',
      // As good as none; but Redis is asked, dead or alive.
      RATE_LIMIT_FACTOR: '1000000',
      SITE_ROOT: process.env.SITE_ROOT,
      RUST_LOG: process.env.RUST_LOG ?? 'info',
    };
    /** @param {string} name @param {import('./process.mjs').Recipe} recipe @param {boolean} [mayFail] */
    const part = (name, recipe, mayFail) => new Process(name, recipe, `${folder}/logs/${name}.log`, mayFail);
    this.postgres = part(
      'postgres',
      {
        // A killed process loses nothing that the kernel has; but what was acknowledged must have left the
        // process, so synchronous_commit stays on.
        command: [
          ...asService, `${pgBin}/postgres`, '-D', `${folder}/postgres`, '-p', String(ports.pg),
          ...['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'full_page_writes=off'].flatMap((option) => ['-c', option]),
        ],
      },
      true,
    );
    this.redis = part('redis', {
      command: [...asService, 'redis-server', '-'],
      input: `bind 127.0.0.1\nport ${ports.redis}\nrequirepass ${secrets.REDIS_PASSWORD}\ndir ${folder}/redis\nappendonly no\nsave ""\n`,
    });
    // Told of every event at the first server: while that one is dead, Stripe repeats itself.
    this.simulator = part('stripe-sim', {
      command: [`${bin}/stripe-sim`],
      env: { ...this.env, STRIPE_SIM_LISTEN: `127.0.0.1:${ports.sim}`, STRIPE_SIM_WEBHOOK_URL: `${this.urls[0]}/webhooks/stripe` },
    });
    this.servers = ports.servers.map((port, n) =>
      part(`server-${n + 1}`, {
        command: [`${bin}/gittix-server`, 'serve'],
        env: { ...this.env, LISTEN_ADDR: `127.0.0.1:${port}`, PUBLIC_URL: `http://127.0.0.1:${port}` },
      }),
    );
    this.workers = [1, 2].map((n) => part(`worker-${n}`, { command: [`${bin}/gittix-jobs`], env: this.env }));
    /** In the order in which they are started. */
    this.parts = [this.postgres, this.redis, this.simulator, ...this.servers, ...this.workers];
  }

  async open() {
    this.postgres.start();
    this.redis.start();
    this.simulator.start();
    await until('PostgreSQL answers', () => this.sql('SELECT 1', 'postgres').then(() => true));
    await until('Redis answers', async () => (await this.redisCommand('PING')) === 'PONG');
    await this.sql('CREATE DATABASE chaos', 'postgres');
    await run(`${this.premises.bin}/gittix-server`, ['migrate'], { env: this.env });
    for (const part of [...this.servers, ...this.workers]) part.start();
    await this.isReady();
  }

  async isReady() {
    for (const url of this.urls) {
      await until(`${url} is ready`, async () => (await fetch(`${url}/readyz`)).status === 200);
    }
  }

  async close() {
    // Those that use a part before the part.
    for (const part of [...this.parts].reverse()) await part.end(part === this.postgres ? 'SIGINT' : 'SIGTERM');
  }

  /** @param {string} name */
  part(name) {
    const part = this.parts.find((part) => part.name === name);
    if (!part) throw new Error(`there is no ${name}`);
    return part;
  }

  /** Ends of processes that nobody asked for. */
  accidents() {
    return this.parts.flatMap((part) => part.accidents);
  }

  /** What one query answers, as rows of columns by name. @param {string} query @returns {Promise<any[]>} */
  async rows(query) {
    return JSON.parse(await this.sql(`SELECT coalesce(json_agg(r), '[]') FROM (${query}) AS r`));
  }

  /** @param {string} statement @param {string} database */
  async sql(statement, database = 'chaos') {
    const address = ['-h', '127.0.0.1', '-p', String(this.ports.pg), '-U', 'gittix', '-d', database];
    const env = { PATH: process.env.PATH, PGPASSWORD: this.premises.secrets.PG_PASSWORD, PGCONNECT_TIMEOUT: '5' };
    const options = { env, maxBuffer: OUTPUT_BYTES };
    const { stdout } = await run(`${this.premises.pgBin}/psql`, ['-XqAt', '-v', 'ON_ERROR_STOP=1', ...address, '-c', statement], options);
    return stdout.trim();
  }

  /** @param {string[]} command */
  async redisCommand(...command) {
    const env = { PATH: process.env.PATH, REDISCLI_AUTH: this.premises.secrets.REDIS_PASSWORD };
    const { stdout } = await run('redis-cli', ['-h', '127.0.0.1', '-p', String(this.ports.redis), ...command], { env, timeout: 5000 });
    return stdout.trim();
  }

  /** What the doctor says. @returns {Promise<{ status: number, text: string }>} */
  async doctor() {
    try {
      const { stdout } = await run(`${this.premises.bin}/gittix-server`, ['doctor'], { env: { ...this.env, RUST_LOG: 'error' } });
      return { status: 0, text: stdout };
    } catch (error) {
      const { code, stdout, stderr } = /** @type {any} */ (error);
      return { status: Number(code) || 1, text: `${stdout}${stderr}` };
    }
  }

  /** Sets the simulator's knobs; without any, puts all of them back. @param {Record<string, unknown>} [knobs] */
  async knobs(knobs) {
    const change = knobs
      ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(knobs) }
      : { method: 'DELETE' };
    const answer = await fetch(`${this.sim}/_sim/faults`, change);
    if (!answer.ok) throw new Error(`the simulator refused ${JSON.stringify(knobs)}: ${await answer.text()}`);
  }

  /** Everything of a kind at the simulator, page by page, as Stripe lists it. @param {string} kind @returns {Promise<any[]>} */
  async listed(kind) {
    const all = [];
    for (let after = ''; ; ) {
      const answer = await fetch(`${this.sim}/v1/${kind}?limit=100${after}`, { headers: { authorization: `Bearer ${this.secretKey}` } });
      if (!answer.ok) throw new Error(`the simulator did not list its ${kind}: ${await answer.text()}`);
      const page = /** @type {any} */ (await answer.json());
      all.push(...page.data);
      if (!page.has_more) return all;
      after = `&starting_after=${page.data.at(-1).id}`;
    }
  }

  /** Gives a payment back, as the operator does in Stripe's dashboard. @param {string} intent */
  async refund(intent) {
    const answer = await fetch(`${this.sim}/v1/refunds`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.secretKey}` },
      body: new URLSearchParams({ payment_intent: intent }),
    });
    if (!answer.ok) throw new Error(`the simulator did not refund ${intent}: ${await answer.text()}`);
  }

  async books() {
    return /** @type {Promise<any>} */ ((await fetch(`${this.sim}/_sim/books`)).json());
  }
}

/** Looks again until something is so; what goes wrong on the way is a no. @param {string} what @param {() => Promise<boolean>} isSo */
export async function until(what, isSo, patience_ms = START_MS) {
  const deadline = Date.now() + patience_ms;
  let last = '';
  while (Date.now() < deadline) {
    try {
      if (await isSo()) return;
    } catch (error) {
      last = `: ${/** @type {Error} */ (error).message}`;
    }
    await sleep(100);
  }
  throw new Error(`waited ${patience_ms / 1000} s: ${what}${last}`);
}
