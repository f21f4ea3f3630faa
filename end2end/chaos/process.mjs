// One process of the system.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The delay before an ended process is started again. */
const RETRY_MS = 300;

/**
 * @typedef {object} ProcessSpec
 * @property {string[]} command
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [input] what is written to its standard input
 */

export class Process {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  /** Whether it is meant to run. */
  #wanted = false;
  /** Exits without a fault. @type {string[]} */
  unexpectedExits = [];

  /**
   * @param {string} name
   * @param {ProcessSpec} spec
   * @param {string} log the log file
   * @param {boolean} mayFail whether a start may fail at first, as PostgreSQL's does while the memory of a killed one is still in use
   */
  constructor(name, spec, log, mayFail = false) {
    this.name = name;
    this.spec = spec;
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
    const { command, env, input } = this.spec;
    const log = openSync(this.log, 'a');
    // A process group of its own, so that a kill reaches PostgreSQL's children. It dies with this process.
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
      if (!this.mayFail) this.unexpectedExits.push(`${this.name} ended by itself (${signal ?? `status ${code}`})`);
      setTimeout(() => this.#wanted && !this.#child && this.#spawn(), RETRY_MS);
    });
  }

  /** Ends the process by a signal and waits until it is gone. @param {NodeJS.Signals} signal @param {number} timeout_ms */
  async end(signal, timeout_ms = 25_000) {
    this.#wanted = false;
    const child = this.#child;
    if (!child) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    this.signal(signal);
    const outcome = await Promise.race([gone.then(() => 'gone'), sleep(timeout_ms, 'lingers', { ref: false })]);
    if (outcome === 'lingers') {
      this.unexpectedExits.push(`${this.name} did not end within ${timeout_ms} ms of ${signal}`);
      this.signal('SIGKILL');
      await gone;
    }
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      // PostgreSQL passes a fast shutdown on to its children. Only a kill must reach all of them.
      process.kill(signal === 'SIGKILL' ? -pid : pid, signal);
    } catch {
      // It has just ended.
    }
  }
}
