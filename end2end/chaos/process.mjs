// One process of the house: started, killed, started again.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that has ended may be started again after this long, while it cannot come up at once. */
const RETRY_MS = 300;

/**
 * @typedef {object} Recipe
 * @property {string[]} command
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [input] what is written to its standard input
 */

export class Process {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  /** Whether it is meant to run. */
  #wanted = false;
  /** Its ends that nobody asked for. @type {string[]} */
  accidents = [];

  /**
   * @param {string} name
   * @param {Recipe} recipe
   * @param {string} log its file
   * @param {boolean} mayFail whether a start may fail at first, as PostgreSQL's while a killed one's memory is still in use
   */
  constructor(name, recipe, log, mayFail = false) {
    this.name = name;
    this.recipe = recipe;
    this.log = log;
    this.mayFail = mayFail;
  }

  get isUp() {
    return this.#child !== undefined && this.#wanted;
  }

  start() {
    this.#wanted = true;
    this.#spawn();
  }

  #spawn() {
    const { command, env, input } = this.recipe;
    const log = openSync(this.log, 'a');
    // A group of its own, so that PostgreSQL's children die with it; and gone when this process is.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...command], {
      detached: true,
      env,
      stdio: [input === undefined ? 'ignore' : 'pipe', log, log],
    });
    closeSync(log);
    child.stdin?.end(input);
    this.#child = child;
    child.on('exit', (code, signal) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      if (!this.#wanted) return;
      if (!this.mayFail) this.accidents.push(`${this.name} ended by itself (${signal ?? `status ${code}`})`);
      setTimeout(() => this.#wanted && !this.#child && this.#spawn(), RETRY_MS);
    });
  }

  /** Ends it by a signal and waits until it is gone. @param {NodeJS.Signals} signal @param {number} patience_ms */
  async end(signal, patience_ms = 25_000) {
    this.#wanted = false;
    const child = this.#child;
    if (!child) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    this.signal(signal);
    const outcome = await Promise.race([gone.then(() => 'gone'), sleep(patience_ms, 'lingers', { ref: false })]);
    if (outcome === 'lingers') {
      this.accidents.push(`${this.name} did not end within ${patience_ms} ms of ${signal}`);
      this.signal('SIGKILL');
      await gone;
    }
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      // PostgreSQL's children take a fast shutdown from their parent; only a kill must reach them all.
      process.kill(signal === 'SIGKILL' ? -pid : pid, signal);
    } catch {
      // It has just ended.
    }
  }
}
