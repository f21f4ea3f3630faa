// Firefox and WebKit, each driven over W3C WebDriver by its own driver.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { Builder, Capabilities } from 'selenium-webdriver';
import LogInspector from 'selenium-webdriver/bidi/logInspector.js';

/** Every wait ends after this. */
export const PATIENCE_MS = 20_000;

/**
 * @typedef {object} Kind A browser that the journey runs in.
 * @property {string} name
 * @property {string} driver The driver's program.
 * @property {(port: number) => string[]} driverArguments
 * @property {boolean} reportsErrors Whether the driver reports what the pages write to the console. WebKit's does not.
 * @property {Record<string, unknown>} capabilities
 */

/** Each kind, given the browser's program. @type {Record<string, (binary: string) => Kind>} */
export const KINDS = {
  firefox: (binary) => ({
    name: 'Firefox',
    driver: 'geckodriver',
    driverArguments: (port) => ['--port', `${port}`, '--websocket-port', '0'],
    reportsErrors: true,
    capabilities: { browserName: 'firefox', webSocketUrl: true, 'moz:firefoxOptions': { binary, args: ['-headless'] } },
  }),
  webkit: (binary) => ({
    name: 'WebKit',
    driver: 'WebKitWebDriver',
    driverArguments: (port) => [`--port=${port}`],
    reportsErrors: false,
    capabilities: { browserName: 'MiniBrowser', 'webkitgtk:browserOptions': { binary, args: ['--automation'] } },
  }),
};

/** A browser with a profile of its own, and the process of its driver. */
export class Browser {
  /** Errors and warnings of the pages. @type {string[]} */
  problems = [];

  /** @param {import('node:child_process').ChildProcess} process @param {import('selenium-webdriver').WebDriver} driver */
  constructor(process, driver) {
    this.process = process;
    this.driver = driver;
  }

  /** @param {Kind} kind @param {number} port A free one. @param {string} log The file for what the driver and the browser say. */
  static async open(kind, port, log) {
    // Not the server's zone, so that a page that renders by the reader's zone is found out.
    const env = { ...process.env, TZ: 'Europe/Berlin' };
    const child = spawn(kind.driver, kind.driverArguments(port), { stdio: ['ignore', 'pipe', 'pipe'], env });
    const output = createWriteStream(log);
    child.stdout.pipe(output, { end: false });
    child.stderr.pipe(output, { end: false });
    await once(child, 'spawn');
    try {
      await untilAnswering(port, child);
      const timeouts = { implicit: 0, pageLoad: PATIENCE_MS, script: PATIENCE_MS };
      const driver = await new Builder()
        .disableEnvironmentOverrides()
        .usingServer(`http://127.0.0.1:${port}`)
        .withCapabilities(new Capabilities({ ...kind.capabilities, timeouts }))
        .build();
      const browser = new Browser(child, driver);
      if (kind.reportsErrors) await browser.listen();
      return browser;
    } catch (error) {
      child.kill();
      throw error;
    }
  }

  /** Records what the pages of all windows report. */
  async listen() {
    const inspector = await LogInspector(this.driver);
    await inspector.onLog((/** @type {{ level: string, text: string }} */ { level, text }) => {
      if (level === 'error' || level === 'warn') this.problems.push(`${level}: ${text}`);
    });
  }

  async version() {
    return (await this.driver.getCapabilities()).getBrowserVersion() ?? '';
  }

  async close() {
    await this.driver.quit().catch(() => undefined);
    if (this.process.exitCode === null && this.process.kill()) await once(this.process, 'exit');
  }
}

/** Waits until the driver listens. @param {number} port @param {import('node:child_process').ChildProcess} child */
async function untilAnswering(port, child) {
  const end = Date.now() + PATIENCE_MS;
  while (!(await fetch(`http://127.0.0.1:${port}/status`).catch(() => undefined))?.ok) {
    if (child.exitCode !== null) throw new Error(`the driver ended with status ${child.exitCode}`);
    if (Date.now() > end) throw new Error('the driver did not answer');
    await sleep(50);
  }
}
