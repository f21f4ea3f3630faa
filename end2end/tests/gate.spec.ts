// The page for the gate: full screen, and without a network; and tickets that go to a friend before.
import { readFileSync } from 'node:fs';

import AxeBuilder from '@axe-core/playwright';

import { expectAccessible } from '../support/accessibility';
import { CardForm, CARDS } from '../support/card_form';
import { readCode } from '../support/codes';
import { mailsTo } from '../support/mail';
import type { Person, Ticket } from '../support/person';
import { expect, test } from '../support/test';

const CODES = ['LH-GATE-0001', 'LH-GATE-0002'];

async function handIn(seller: Person, ticket: Ticket): Promise<void> {
  await seller.open(`${ticket.path}/delivery`);
  for (const [n, code] of CODES.entries()) await seller.field(`Code of Seat ${n + 1}`).fill(code);
  await Promise.all([seller.page.waitForEvent('load'), seller.button('Hand in').click()]);
}

/** The path of an order of both tickets that is paid for. */
async function bought(buyer: Person, ticket: Ticket): Promise<string> {
  const order = await buyer.buy(ticket, 2);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  return order;
}

test('opened tickets are shown at the gate without a network, and only while their buyer is signed in', async ({ guard, member }) => {
  test.setTimeout(180_000);
  for (const reason of ['net::ERR_INTERNET_DISCONNECTED', 'net::ERR_FAILED']) guard.allowFailure(reason);
  const [seller, buyer] = [await member('seller'), await member('buyer')];
  const ticket = await seller.list({ Section: 'Field', Row: '', Seat: '1-2' });
  await handIn(seller, ticket);
  const order = await bought(buyer, ticket);
  await buyer.follow('Your tickets', `${order}/tickets`);
  await Promise.all([buyer.page.waitForEvent('load'), buyer.button('Open tickets').click()]);
  await expect(buyer.page.locator('.gate-code')).toHaveCount(2);

  const { page } = buyer;
  const [entry] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Add to calendar' }).click()]);
  expect(entry.suggestedFilename()).toBe('gittix.ics');

  await page.setViewportSize({ width: 320, height: 568 });
  await page.getByRole('link', { name: 'Show at the gate' }).click();
  const gate = order.replace('/orders/', '/gate/');
  await page.waitForURL(`**${gate}`);
  await expect(page.getByText('Kept on this device')).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
  const codes = page.locator('.code');
  expect(await readCode(codes.first())).toBe(CODES[0]);
  const isWider = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(await isWider()).toBe(false);

  await page.context().setOffline(true);
  await page.reload();
  expect(await readCode(codes.first())).toBe(CODES[0]);
  await page.keyboard.press('ArrowRight');
  await expect(codes.nth(1)).toBeInViewport({ ratio: 0.9 });
  expect(await readCode(codes.nth(1))).toBe(CODES[1]);

  // Where the session has ended, the answer is the page that signs in. It does not take the place of the tickets.
  await page.context().setOffline(false);
  const session = await page.context().cookies();
  await page.context().clearCookies();
  const kept = page.locator('#kept');
  await kept.evaluate((notice) => notice.setAttribute('hidden', ''));
  await page.evaluate(readFileSync('server/src/gate/page.js', 'utf8'));
  await expect(kept).toBeVisible();
  await page.context().setOffline(true);
  await page.reload();
  expect(await readCode(codes.first())).toBe(CODES[0]);
  await page.context().addCookies(session);
  // Other pages of the site are not kept.
  await expect(page.goto(order)).rejects.toThrow();
  await page.context().setOffline(false);

  await buyer.open('/');
  await buyer.signOut();
  await page.context().setOffline(true);
  await expect(page.goto(gate)).rejects.toThrow();
  await page.context().setOffline(false);
  await page.goto(gate);
  await expect(page).toHaveURL(/\/signin\?next=/);
});

test('buyer gives one of two tickets to a friend, who opens it', async ({ member, request, stack }) => {
  test.setTimeout(180_000);
  const [seller, buyer, friend] = [await member('seller'), await member('buyer'), await member('friend')];
  const ticket = await seller.list({ Section: 'Field', Row: '', Seat: '1-2' });
  await handIn(seller, ticket);
  const order = await bought(buyer, ticket);
  await buyer.open(`${order}/tickets`);
  await buyer.field('Ticket').selectOption({ label: 'Section Field · Seat 2' });
  await buyer.field('Email').fill(buyer.email);
  await buyer.pressRefused('Give ticket', 422, 'give_ticket');
  await expect(buyer.page.getByText("This is your own email. Enter your friend's.").first()).toBeVisible();
  await buyer.field('Ticket').selectOption({ label: 'Section Field · Seat 2' });
  await buyer.field('Email').fill(friend.email);
  await Promise.all([buyer.page.waitForEvent('load'), buyer.button('Give ticket').click()]);
  await expect(buyer.page.getByText(`Offered, and not accepted yet, to ${friend.email}`)).toBeVisible();
  await expectAccessible(buyer, `${order}/tickets`, 'tickets-given');

  const mail = async () => (await mailsTo(request, stack, friend.email)).find(({ subject }) => subject.startsWith('A ticket for you'))?.text ?? '';
  await expect.poll(mail, { timeout: 20_000 }).toContain('/gifts/');
  const gift = /\/gifts\/[0-9a-f-]{36}/.exec(await mail())?.[0] ?? '';
  await friend.open('/orders');
  await friend.follow(ticket.Event, gift);
  await expectAccessible(friend, gift, 'gift-offered');
  await Promise.all([friend.page.waitForEvent('load'), friend.button('Accept ticket').click()]);
  await Promise.all([friend.page.waitForEvent('load'), friend.button('Open ticket').click()]);
  expect(await readCode(friend.page.locator('.gate-code'))).toBe(CODES[1]);
  await expectAccessible(friend, gift, 'gift-opened');
  await friend.page.getByRole('link', { name: 'Show at the gate' }).click();
  expect(await readCode(friend.page.locator('.code'))).toBe(CODES[1]);

  await buyer.open(`${order}/tickets`);
  await expect(buyer.page.getByText(`It belongs to ${friend.email}`)).toBeVisible();
  await Promise.all([buyer.page.waitForEvent('load'), buyer.button('Open tickets').click()]);
  await expect(buyer.page.locator('.gate-code')).toHaveCount(1);
  expect(await readCode(buyer.page.locator('.gate-code'))).toBe(CODES[0]);
  await buyer.openRefused(gift, 404);
});

test('buyer returns unopened tickets, and others can buy them', async ({ member }) => {
  test.setTimeout(120_000);
  const [seller, buyer, other] = [await member('seller'), await member('buyer'), await member('other')];
  const ticket = await seller.list({ Seat: '1-2' });
  await handIn(seller, ticket);
  const order = await bought(buyer, ticket);
  await buyer.follow('Your tickets', `${order}/tickets`);
  await Promise.all([buyer.page.waitForEvent('load'), buyer.button('Return tickets').click()]);
  await expect(buyer.page.getByText('The tickets are returned. Your money is on its way back.')).toBeVisible();
  await expect(buyer.page.getByText('Returned by you')).toBeVisible();
  await other.open(ticket.path);
  await expect(other.button(/^Buy/)).toBeEnabled();
});
