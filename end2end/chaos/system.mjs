// A whole GitTix of which every process can be killed: two servers, two workers, the Stripe simulator, and
// a PostgreSQL and a Redis of its own.
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { Process } from './process.mjs';

const run = promisify(execFile);

/** More than any output of psql here. */
const OUTPUT_BYTES = 64 * 1024 * 1024;
const START_MS = 60_000;

/**
 * What scripts/chaos.sh prepares.
 * @typedef {object} Setup
 * @property {string} folder data and logs
 * @property {string} bin the folder of GitTix's binaries
 * @property {string} pgBin the folder of PostgreSQL's binaries
 * @property {string[]} asService the command that starts a service as its user
 * @property {number} firstPort the first of five ports
 * @property {number} lockSeconds
 * @property {Record<string, string>} secrets
 */

export class System {
  /** @param {Setup} setup */
  constructor(setup) {
    const { folder, bin, pgBin, asService, firstPort, lockSeconds, secrets } = setup;
    const ports = { pg: firstPort, redis: firstPort + 1, sim: firstPort + 2, servers: [firstPort + 3, firstPort + 4] };
    this.setup = setup;
    this.ports = ports;
    this.urls = ports.servers.map((port) => `http://127.0.0.1:${port}`);
    this.sim = `http://127.0.0.1:${ports.sim}`;
    this.secretKey = secrets.STRIPE_SECRET_KEY ?? '';
    this.env = {
      PATH: process.env.PATH,
      ...secrets,
      APP_ENV: 'development',
      DATABASE_URL: `postgres://gittix_app:${secrets.PG_APP_PASSWORD}@127.0.0.1:${ports.pg}/chaos`,
      // Four processes share PostgreSQL's hundred connections.
      DATABASE_CONNECTIONS: '12',
      REDIS_URL: `redis://:${secrets.REDIS_PASSWORD}@127.0.0.1:${ports.redis}/0`,
      STRIPE_API_BASE: this.sim,
      STRIPE_JS_URL: `${this.sim}/v3/`,
      LOCK_SECONDS: String(lockSeconds),
      // The buyers here are fast and share one address.
      MAX_ACTIVE_LOCKS: '1000',
      MAX_TICKETS_PER_EVENT: '0',
      MAX_DECLINES_PER_ACCOUNT: '1000000',
      MAX_DECLINES_PER_NETWORK: '1000000',
      LOCK_COOLDOWN_SECONDS: '0',
      MAX_WAITLISTS_PER_USER: '1000',
      MAX_UNPAID_OFFERS: '0',
      MAX_LISTINGS_OF_NEW_ACCOUNT: '1000',
      // Practically no limit, but the server still asks Redis.
      RATE_LIMIT_FACTOR: '1000000',
      SITE_ROOT: process.env.SITE_ROOT,
      TICKET_FILES: `${folder}/tickets`,
      RUST_LOG: process.env.RUST_LOG ?? 'info',
    };
    /** @param {string} name @param {import('./process.mjs').ProcessSpec} spec @param {boolean} [mayFail] */
    const part = (name, spec, mayFail) => new Process(name, spec, `${folder}/logs/${name}.log`, mayFail);
    this.postgres = part(
      'postgres',
      {
        // A killed process loses nothing that it has passed to the kernel. What was acknowledged must have left
        // the process, so synchronous_commit stays on.
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
    // Sends every event to the first server. While that server is dead, Stripe retries.
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
    /** In the order of their start. */
    this.parts = [this.postgres, this.redis, this.simulator, ...this.servers, ...this.workers];
  }

  async open() {
    this.postgres.start();
    this.redis.start();
    this.simulator.start();
    await until('PostgreSQL answers', () => this.sql('SELECT 1', 'postgres').then(() => true));
    await until('Redis answers', async () => (await this.redisCommand('PING')) === 'PONG');
    await this.sql('CREATE DATABASE chaos', 'postgres');
    const owner = `postgres://gittix:${this.setup.secrets.PG_PASSWORD}@127.0.0.1:${this.ports.pg}/chaos`;
    await run(`${this.setup.bin}/gittix-server`, ['migrate'], { env: { ...this.env, MIGRATION_DATABASE_URL: owner } });
    for (const part of [...this.servers, ...this.workers]) part.start();
    await this.isReady();
  }

  async isReady() {
    for (const url of this.urls) {
      await until(`${url} is ready`, async () => (await fetch(`${url}/readyz`)).status === 200);
    }
  }

  async close() {
    // The users of a part before the part.
    for (const part of [...this.parts].reverse()) await part.end(part === this.postgres ? 'SIGINT' : 'SIGTERM');
  }

  /** @param {string} name */
  part(name) {
    const part = this.parts.find((part) => part.name === name);
    if (!part) throw new Error(`there is no ${name}`);
    return part;
  }

  /** Processes that ended without a fault. */
  unexpectedExits() {
    return this.parts.flatMap((part) => part.unexpectedExits);
  }

  /** The rows of a query, as objects. @param {string} query @returns {Promise<any[]>} */
  async rows(query) {
    return JSON.parse(await this.sql(`SELECT coalesce(json_agg(r), '[]') FROM (${query}) AS r`));
  }

  /** @param {string} statement @param {string} database */
  async sql(statement, database = 'chaos') {
    const address = ['-h', '127.0.0.1', '-p', String(this.ports.pg), '-U', 'gittix', '-d', database];
    const env = { PATH: process.env.PATH, PGPASSWORD: this.setup.secrets.PG_PASSWORD, PGCONNECT_TIMEOUT: '5' };
    const options = { env, maxBuffer: OUTPUT_BYTES };
    const { stdout } = await run(`${this.setup.pgBin}/psql`, ['-XqAt', '-v', 'ON_ERROR_STOP=1', ...address, '-c', statement], options);
    return stdout.trim();
  }

  /** @param {string[]} command */
  async redisCommand(...command) {
    const env = { PATH: process.env.PATH, REDISCLI_AUTH: this.setup.secrets.REDIS_PASSWORD };
    const { stdout } = await run('redis-cli', ['-h', '127.0.0.1', '-p', String(this.ports.redis), ...command], { env, timeout: 5000 });
    return stdout.trim();
  }

  /** Runs the doctor. */
  doctor() {
    return this.command(['doctor']);
  }

  /** Compares everything that moved at Stripe with the ledger. */
  reconcile() {
    // The test may have begun before midnight.
    const since = new Date(Date.now() - 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
    return this.command(['reconcile', '--since', since, '--all']);
  }

  /** Runs a command of the server. @param {string[]} words @returns {Promise<{ status: number, text: string }>} */
  async command(words) {
    try {
      const { stdout } = await run(`${this.setup.bin}/gittix-server`, words, { env: { ...this.env, RUST_LOG: 'error' } });
      return { status: 0, text: stdout };
    } catch (error) {
      const { code, stdout, stderr } = /** @type {any} */ (error);
      return { status: Number(code) || 1, text: `${stdout}${stderr}` };
    }
  }

  /** Creates an account, without the mail that signing up takes. @param {string} email @param {string} password */
  async createAccount(email, password) {
    const made = run(`${this.setup.bin}/gittix-server`, ['account', 'add', email], { env: this.env });
    made.child.stdin?.end(password);
    await made;
  }

  /** Sets the simulator's faults. Without an argument it clears all of them. @param {Record<string, unknown>} [faults] */
  async setFaults(faults) {
    const change = faults
      ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(faults) }
      : { method: 'DELETE' };
    const answer = await fetch(`${this.sim}/_sim/faults`, change);
    if (!answer.ok) throw new Error(`the simulator refused ${JSON.stringify(faults)}: ${await answer.text()}`);
  }

  /** All objects of a kind at the simulator, page by page. @param {string} kind @returns {Promise<any[]>} */
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

  /** Refunds a payment, or some cents of it, as the operator does in Stripe's dashboard. @param {string} intent @param {number} [cents] */
  async refund(intent, cents) {
    const answer = await fetch(`${this.sim}/v1/refunds`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.secretKey}` },
      body: new URLSearchParams({ payment_intent: intent, ...(cents && { amount: String(cents) }) }),
    });
    if (!answer.ok) throw new Error(`the simulator did not refund ${intent}: ${await answer.text()}`);
  }

  /**
   * A bank does something about a payment, such as `disputed`, or the shop about its dispute. Returns whether it could.
   * @param {string} intent @param {string} what
   */
  async bank(intent, what) {
    const answer = await fetch(`${this.sim}/_sim/payments/${intent}/${what}`, { method: 'PUT' });
    if (!answer.ok && answer.status !== 409) throw new Error(`the simulator knows no ${what} of ${intent}: ${answer.status}`);
    return answer.ok;
  }

  /** Banks do something about the newest captured payments. @param {number} count @param {string[]} acts what each of them does, in order */
  async banks(count, acts) {
    const captured = (await this.listed('charges')).filter((charge) => charge.captured);
    for (const { payment_intent } of captured.slice(0, count)) {
      for (const act of acts) await this.bank(payment_intent, act);
    }
  }

  /** Banks decide all open disputes, every other one for the shop. Returns how many. */
  async decideDisputes() {
    const open = (await this.listed('disputes')).filter(({ status }) => ['warning_needs_response', 'needs_response', 'under_review'].includes(status));
    for (const [n, { payment_intent }] of open.entries()) await this.bank(payment_intent, n % 2 ? 'won' : 'lost');
    // An inquiry that is lost has only ended.
    return open.length;
  }

  /** Refunds a share of what is left of the newest captured payments, by hand. @param {number} count @param {number} share */
  async refundParts(count, share) {
    const left = (/** @type {any} */ charge) => Math.floor((charge.amount_captured - charge.amount_refunded) * share);
    const charges = (await this.listed('charges')).filter((charge) => charge.captured && left(charge) > 0);
    // Stripe refuses those that a bank has.
    const refused = (/** @type {Error} */ error) => {
      if (!error.message.includes('charge_disputed')) throw error;
    };
    for (const charge of charges.slice(0, count)) await this.refund(charge.payment_intent, left(charge)).catch(refused);
  }

  /** The bank returns the newest refunds that have succeeded. @param {number} count */
  async returnRefunds(count) {
    const refunds = (await this.listed('refunds')).filter((refund) => refund.status === 'succeeded');
    for (const { id } of refunds.slice(0, count)) await this.returnRefund(id);
  }

  /** @param {string} refund */
  async returnRefund(refund) {
    const answer = await fetch(`${this.sim}/_sim/refunds/${refund}/failed`, { method: 'PUT' });
    if (!answer.ok) throw new Error(`the simulator did not return ${refund}: ${answer.status}`);
  }

  /** Books what is owed for a payment as paid back without Stripe. @param {string} payment */
  async settle(payment) {
    await run(`${this.setup.bin}/gittix-server`, ['refund', 'settle', payment, '--by', 'cash'], { env: { ...this.env, RUST_LOG: 'error' } });
  }

  /** The simulator's totals. */
  async balances() {
    return /** @type {Promise<any>} */ ((await fetch(`${this.sim}/_sim/books`)).json());
  }
}

/** Polls until a condition is true. An error counts as false. @param {string} what @param {() => Promise<boolean>} condition */
export async function until(what, condition, timeout_ms = START_MS) {
  const deadline = Date.now() + timeout_ms;
  let last = '';
  while (Date.now() < deadline) {
    try {
      if (await condition()) return;
    } catch (error) {
      last = `: ${/** @type {Error} */ (error).message}`;
    }
    await sleep(100);
  }
  throw new Error(`waited ${timeout_ms / 1000} s: ${what}${last}`);
}
