// A ticket's way from the seller's file to the buyer at the gate.
import { readFileSync } from 'node:fs';
import { expectAccessible } from '../support/accessibility';
import { CardForm, CARDS } from '../support/card_form';
import { readCode } from '../support/codes';
import type { Person, Ticket } from '../support/person';
import { expect, test } from '../support/test';

const SAMPLES = 'inspect/samples';
const FOUR_PAGES = `${SAMPLES}/reportlab-qr-four-pages.pdf`;
const CODES = ['RSF27-DAY-0001-ZK08', 'RSF27-DAY-0002-ZK18', 'RSF27-DAY-0003-ZK28', 'RSF27-DAY-0004-ZK38'];

/** Loads a file on the page where tickets are handed in. */
async function load(seller: Person, ticket: Ticket, file: string): Promise<void> {
  await seller.open(`${ticket.path}/delivery`);
  await seller.field('PDF, picture or Wallet pass').setInputFiles(file);
  await Promise.all([seller.page.waitForEvent('load'), seller.button('Load file').click()]);
  await seller.ready();
}

test('seller sees how much of a file is sent', async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list();
  await seller.open(`${ticket.path}/delivery`);
  const bar = seller.page.getByRole('progressbar', { name: 'Sent' });
  await expect(bar).toHaveCount(0);
  const session = await seller.page.context().newCDPSession(seller.page);
  await session.send('Network.enable');
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 150_000 };
  await session.send('Network.emulateNetworkConditions', slow);
  const file = { name: 'ticket.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(1_000_000, '%PDF-1.7 ') };
  await seller.field('PDF, picture or Wallet pass').setInputFiles(file);
  await seller.button('Load file').click();
  await expect(bar).toBeVisible();
  // The part that is sent, and not the wheel that turns without one.
  await expect.poll(() => bar.evaluate((element) => (element as HTMLProgressElement).position)).toBeGreaterThan(0);
  await session.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 });
  await seller.expectAlert('This file cannot be read.');
});

async function pay(buyer: Person): Promise<void> {
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
}

test('seller turns a file of four pages into four tickets in hand', { tag: '@both' }, async ({ member, visitor }) => {
  test.setTimeout(120_000);
  const seller = await member('seller');
  const ticket = await seller.list({ Section: 'Field', Row: '', Seat: '1-4' });
  await seller.follow('Hand in tickets', `${ticket.path}/delivery`);
  if (seller.hasScript) await expectAccessible(seller, `${ticket.path}/delivery`, 'hand-in');

  // What is no ticket is refused in words, and the page is as before.
  await load(seller, ticket, 'README.md');
  await seller.expectAlert('This is no PDF, PNG, JPEG, WebP or Wallet pass.');
  await load(seller, ticket, `${SAMPLES}/pikepdf-password.pdf`);
  await seller.expectAlert('This PDF asks for a password.');

  await load(seller, ticket, FOUR_PAGES);
  await expect(seller.page.getByRole('heading', { name: 'PDF, 4 pages, 4 codes' })).toBeVisible();
  for (const seat of [1, 2, 3, 4]) {
    const choice = seller.field(`What opens the gate for Seat ${seat}`);
    await expect(choice.locator('option:checked')).toContainText(`Page ${seat}: QR code`);
  }
  for (const code of CODES) await expect(seller.page.getByText(code)).toHaveCount(0);
  if (seller.hasScript) await expectAccessible(seller, `${ticket.path}/delivery`, 'hand-in-found');
  await Promise.all([seller.page.waitForEvent('load'), seller.button('Hand in').click()]);
  await expect(seller.page.getByText('All tickets are in hand.')).toBeVisible();

  const reader = await visitor('reader');
  await reader.open(ticket.path);
  await expect(reader.page.getByText('In hand', { exact: true })).toBeVisible();
});

test('buyer opens the tickets, the seller sees when, and no one else has them', async ({ member }) => {
  test.setTimeout(180_000);
  const [seller, buyer, other] = [await member('seller'), await member('buyer'), await member('other')];
  const ticket = await seller.list({ Section: 'Field', Row: '', Seat: '1-4' });
  await load(seller, ticket, FOUR_PAGES);
  await Promise.all([seller.page.waitForEvent('load'), seller.button('Hand in').click()]);

  const order = await buyer.buy(ticket, 2);
  await pay(buyer);
  await buyer.follow('Your tickets', `${order}/tickets`);
  await expect(buyer.page.locator('.gate-code')).toHaveCount(0);
  await expectAccessible(buyer, `${order}/tickets`, 'tickets-closed');
  await Promise.all([buyer.page.waitForEvent('load'), buyer.button('Open tickets').click()]);
  await expect(buyer.page.locator('.gate-code')).toHaveCount(2);
  const read = [await readCode(buyer.page.locator('.gate-code').nth(0)), await readCode(buyer.page.locator('.gate-code').nth(1))];
  expect(read).toEqual(CODES.slice(0, 2));
  // The file has the tickets of others, too.
  await expect(buyer.page.getByRole('link', { name: /^Download/ })).toHaveCount(0);
  await expectAccessible(buyer, `${order}/tickets`, 'tickets-opened');

  await seller.open(`${ticket.path}/sale`);
  await expect(seller.page.getByText('Opened by the buyer')).toBeVisible();
  await seller.openRefused(`${order}/tickets`, 404);

  // The same file, from another account.
  const { path: _, ...listing } = ticket;
  const twin = await other.list(listing);
  await load(other, twin, FOUR_PAGES);
  await other.pressRefused('Hand in', 409, 'hand_in');
  await other.expectAlert('A ticket with the same code or file is on sale already, or belongs to someone else.');
});

test('every kind of code is read from the screen, and a file comes as it was', async ({ member }) => {
  test.setTimeout(180_000);
  const [seller, buyer] = [await member('seller'), await member('buyer')];
  const ticket = await seller.list({ Seat: '1-4' });
  await seller.open(`${ticket.path}/delivery`);
  const kinds = ['Aztec code', 'PDF417 code', 'Data Matrix code', 'Code 128 barcode'];
  for (const [n, kind] of kinds.entries()) {
    await seller.field(`Code of Seat ${n + 1}`).fill(`LH-KIND-000${n}`);
    await seller.field(`How the gate reads Seat ${n + 1}`).selectOption({ label: kind });
  }
  await Promise.all([seller.page.waitForEvent('load'), seller.button('Hand in').click()]);
  await buyer.buy(ticket, 4);
  await pay(buyer);
  await buyer.page.getByRole('link', { name: 'Your tickets' }).click();
  await Promise.all([buyer.page.waitForEvent('load'), buyer.button('Open tickets').click()]);
  await expect(buyer.page.locator('.gate-code')).toHaveCount(4);
  for (const n of kinds.keys()) expect(await readCode(buyer.page.locator('.gate-code').nth(n))).toBe(`LH-KIND-000${n}`);

  const single = await seller.list({ Seat: '9' });
  await load(seller, single, `${SAMPLES}/reportlab-qr-a4.pdf`);
  await Promise.all([seller.page.waitForEvent('load'), seller.button('Hand in').click()]);
  await buyer.buy(single);
  await pay(buyer);
  await buyer.page.getByRole('link', { name: 'Your tickets' }).click();
  await Promise.all([buyer.page.waitForEvent('load'), buyer.button('Open tickets').click()]);
  const [download] = await Promise.all([buyer.page.waitForEvent('download'), buyer.page.getByRole('link', { name: /^Download/ }).click()]);
  expect(download.suggestedFilename()).toBe('ticket.pdf');
  expect(readFileSync(await download.path()).equals(readFileSync(`${SAMPLES}/reportlab-qr-a4.pdf`))).toBe(true);
});
