// A user of the site, who acts by the labels on the page.
import { expect, type Locator, type Page, type Response } from '@playwright/test';

import { newListing, fillListing, type Listing, unique } from './listing';
import type { BrowserGuard } from './guard';
import { codeFor } from './mail';
import { createAccount } from './operator';
import type { Stack } from './stacks';

export const PASSWORD = 'a few plain words';
export const TICKET = /\/tickets\/[0-9a-f-]{36}$/;
export const ORDER = /\/orders\/[0-9a-f-]{36}$/;

/** A listed ticket: its path and its data. */
export interface Ticket extends Listing {
  path: string;
}

export class Person {
  email = '';

  constructor(
    readonly name: string,
    readonly page: Page,
    readonly guard: BrowserGuard,
    /** Whether JavaScript is on. */
    readonly hasScript: boolean,
    readonly stack: Stack,
  ) {}

  /** Loads a page and waits until it is hydrated. */
  async open(path: string): Promise<Response | null> {
    const response = await this.page.goto(path);
    await this.ready();
    return response;
  }

  /** Like `open`, for a page that responds with an error status. */
  async openRefused(path: string, status: number): Promise<void> {
    this.guard.expectStatus(status, new URL(path, 'http://site').pathname);
    const response = await this.open(path);
    expect(response?.status()).toBe(status);
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  /** Waits for hydration. A click before it sends an ordinary form, which most tests are not about. */
  async ready(): Promise<void> {
    if (this.hasScript) await expect(this.page.locator('body')).toHaveAttribute('data-hydrated');
  }

  /** Another tab of the same browser. */
  async tab(): Promise<Person> {
    const tab = new Person(this.name, await this.page.context().newPage(), this.guard, this.hasScript, this.stack);
    tab.email = this.email;
    return tab;
  }

  /** Blocks the stream of ticket updates for this browser, as some proxies do. */
  async blockUpdates(): Promise<void> {
    await this.page.context().route('**/live/**', (route) => route.fulfill({ status: 204 }));
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  field(label: string): Locator {
    return this.page.getByLabel(label, { exact: true });
  }

  /** Presses a button and waits for the page that it leads to. */
  async press(name: string | RegExp, leadsTo: string | RegExp): Promise<void> {
    await this.button(name).click();
    await this.page.waitForURL(leadsTo);
    await this.ready();
  }

  /** Presses the button of a form that the server refuses. With JavaScript the response is awaited, otherwise the page that the redirect loads. */
  async pressRefused(name: string, status: number, endpoint: string): Promise<void> {
    if (this.hasScript) this.guard.expectStatus(status, `/rpc/${endpoint}`);
    const response = this.hasScript ? this.page.waitForResponse((response) => response.url().includes(`/rpc/${endpoint}`)) : this.page.waitForEvent('load');
    await this.button(name).click();
    await response;
  }

  /** Follows a link of the page. */
  async follow(name: string, leadsTo: string | RegExp): Promise<void> {
    await this.page.getByRole('link', { name, exact: true }).first().click();
    await this.page.waitForURL(leadsTo);
    await this.ready();
  }

  private async fillAccount(email: string, password: string): Promise<void> {
    await this.field('Email').fill(email);
    await this.field('Password').fill(password);
  }

  private async sendAccount(button: string, email: string, password: string, leadsTo: string | RegExp): Promise<void> {
    await this.fillAccount(email, password);
    await this.press(button, leadsTo);
    await expect(this.button('Sign out')).toBeVisible();
    this.email = email;
  }

  private newEmail(): string {
    return `${unique(this.name).replaceAll(' ', '-')}@example.com`;
  }

  /** Creates an account by a command, and signs in by a request, without a page. */
  async signUpByRequest(): Promise<void> {
    const email = this.newEmail();
    createAccount(this.stack, email, PASSWORD);
    const response = await this.page.request.post('/rpc/sign_in', {
      form: { email, password: PASSWORD },
      headers: { Accept: 'application/json' },
    });
    expect(response.status()).toBe(200);
    this.email = email;
  }

  /** Creates an account with the code of the mail, with a new email unless one is given. */
  async signUp(path = '/signup', leadsTo: string | RegExp = '/', email = this.newEmail()): Promise<void> {
    await this.open(path);
    await this.fillAccount(email, PASSWORD);
    await this.press('Sign up', '/signup/code');
    await this.field('Code').fill(await codeFor(this.page.request, this.stack, email));
    await this.press('Create account', leadsTo);
    await expect(this.button('Sign out')).toBeVisible();
    this.email = email;
  }

  async signIn(email: string, path = '/signin', leadsTo: string | RegExp = '/'): Promise<void> {
    await this.open(path);
    await this.sendAccount('Sign in', email, PASSWORD, leadsTo);
  }

  async signOut(): Promise<void> {
    await this.button('Sign out').click();
    await expect(this.page.getByRole('link', { name: 'Sign in', exact: true })).toBeVisible();
    await this.ready();
  }

  async list(changes: Partial<Listing> = {}): Promise<Ticket> {
    const listing = newListing(changes);
    await this.open('/tickets/new');
    await fillListing(this.page, listing);
    await this.sendListing('List ticket', TICKET, listing['Time zone']);
    return { ...listing, path: this.path() };
  }

  /**
   * Presses the button of the listing form. If the venue is new, the page asks for its time zone, and the seller
   * chooses it and presses again. Without JavaScript the field is there from the start.
   */
  async sendListing(button: 'List ticket' | 'Save changes', leadsTo: string | RegExp, timeZone = 'Amsterdam (Europe)'): Promise<void> {
    const field = this.field('Time zone');
    if (this.hasScript && !(await field.isVisible())) {
      const forbidStatus = this.guard.allowStatus(422, '/rpc/');
      await this.button(button).click();
      const isThere = () => (typeof leadsTo === 'string' ? this.path() === leadsTo : leadsTo.test(this.page.url()));
      await expect.poll(async () => isThere() || (await field.isVisible())).toBe(true);
      forbidStatus();
      if (isThere()) return this.ready();
    }
    await field.selectOption({ label: timeZone });
    await this.press(button, leadsTo);
  }

  /** Locks tickets and returns the order's path. */
  async buy(ticket: Ticket, count = 1): Promise<string> {
    await this.open(ticket.path);
    if (count > 1) await this.choose(count);
    // Without JavaScript the button does not know how many of several were chosen.
    await this.press(this.hasScript ? (count > 1 ? `Buy ${count} tickets` : 'Buy ticket') : /^Buy tickets?$/, ORDER);
    return this.path();
  }

  /** Chooses how many tickets to buy. */
  async choose(count: number): Promise<void> {
    await this.field('How many').selectOption(String(count));
  }

  /** Cancels the order whose page is open. */
  async cancelOrder(): Promise<void> {
    // A card form that is still loading could be refused because of the cancellation.
    if (this.hasScript) await expect(this.button(/^Pay /)).toBeEnabled();
    await this.button('Cancel order').click();
    await this.expectStatus('Cancelled');
  }

  path(): string {
    return new URL(this.page.url()).pathname;
  }

  /** The path with the query. */
  address(): string {
    return this.path() + new URL(this.page.url()).search;
  }

  /** The row of a ticket in a list of tickets or orders. */
  row(ticket: Ticket): Locator {
    return this.page.getByRole('listitem').filter({ has: this.page.getByRole('link', { name: ticket.Event, exact: true }) });
  }

  /** Opens the page of the user's tickets with its past and ended orders unfolded. */
  async openEndedOrders(): Promise<void> {
    await this.open('/orders');
    await this.page.getByRole('heading', { name: 'Past and ended orders' }).click();
  }

  /** Expects the exact status text of an order or a ticket. */
  async expectStatus(status: string): Promise<void> {
    await expect(this.page.getByText(status, { exact: true })).toBeVisible();
  }

  async expectAlert(words: string | RegExp): Promise<void> {
    await expect(this.page.getByRole('alert').filter({ hasText: words })).toBeVisible();
  }
}
