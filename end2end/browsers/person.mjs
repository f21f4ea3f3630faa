// A user of the site, who acts by the words on the page.
import { By, until } from 'selenium-webdriver';

import { PATIENCE_MS } from './browser.mjs';

/** @typedef {import('selenium-webdriver').WebElement} WebElement */

export class Person {
  /** @param {string} name @param {string} site @param {import('./browser.mjs').Browser} browser */
  constructor(name, site, browser) {
    this.name = name;
    this.site = site;
    this.driver = browser.driver;
  }

  /**
   * Waits until `isDone` returns something, and returns it.
   *
   * @template T @param {() => Promise<T | null | false>} isDone @param {string} failure
   */
  async until(isDone, failure) {
    return /** @type {T} */ (await this.driver.wait(isDone, PATIENCE_MS, `${this.name}: ${failure}`));
  }

  /** Loads a page and waits until it is hydrated. @param {string} path */
  async open(path) {
    await this.driver.get(this.site + path);
    await this.ready();
  }

  async ready() {
    const hydrated = By.css('body[data-hydrated]');
    await this.until(async () => (await this.driver.findElements(hydrated)).length > 0, 'the page is not hydrated');
  }

  /** Waits for a field. @param {string} label */
  async field(label) {
    const find = `return [...document.querySelectorAll('input, select, textarea')]
      .find((field) => [...field.labels].some((label) => label.textContent.trim() === arguments[0]))`;
    return this.until(async () => {
      const field = /** @type {WebElement | null} */ (await this.driver.executeScript(find, label));
      return field && (await field.isDisplayed()) ? field : null;
    }, `there is no field "${label}"`);
  }

  /** @param {string} label @param {string} text */
  async fill(label, text) {
    const field = await this.field(label);
    // WebKit gives a field in a frame of another origin the focus only by a click.
    await field.click();
    await field.sendKeys(text);
  }

  /** Enters `YYYY-MM-DDTHH:MM` as a picker does: each browser has keys of its own for it. @param {string} label @param {string} date */
  async fillDate(label, date) {
    const set = `arguments[0].value = arguments[1];
      for (const type of ['input', 'change']) arguments[0].dispatchEvent(new Event(type, { bubbles: true }))`;
    await this.driver.executeScript(set, await this.field(label), date);
  }

  /** @param {string} label @param {string} option */
  async choose(label, option) {
    const field = await this.field(label);
    await field.findElement(By.xpath(`.//option[normalize-space()="${option}"]`)).click();
  }

  /** Waits until a button can be pressed. @param {string} words */
  async button(words) {
    const named = By.xpath(`//button[normalize-space()="${words}"]`);
    return this.until(async () => {
      const [button] = await this.driver.findElements(named);
      return button && (await button.isEnabled()) ? button : null;
    }, `there is no button "${words}"`);
  }

  /** @param {string} words */
  async press(words) {
    await (await this.button(words)).click();
  }

  /** Waits for an address. @param {RegExp} address */
  async arrive(address) {
    await this.driver.wait(until.urlMatches(address), PATIENCE_MS, `${this.name}: did not arrive at ${address}`);
    await this.ready();
  }

  /** Waits until the page says something. @param {RegExp} words */
  async see(words) {
    const read = 'return document.querySelector("main")?.innerText ?? ""';
    await this.until(async () => words.test(String(await this.driver.executeScript(read))), `the page does not say ${words}`);
  }

  /** Marks the document, to know it again. */
  async mark() {
    await this.driver.executeScript('window.isMarked = true');
  }

  /** Fails if the page has been loaded anew since `mark`. */
  async expectMarked() {
    if (!(await this.driver.executeScript('return window.isMarked === true'))) throw new Error(`${this.name}: the page was loaded anew`);
  }

  async path() {
    return new URL(await this.driver.getCurrentUrl()).pathname;
  }
}
