// The open order: where the focus goes, what is spoken, the time left, and the layout on a phone.
import type { Page, Route } from '@playwright/test';

import { CardForm, CARDS } from '../support/card_form';
import { ORDER } from '../support/person';
import { expect, test } from '../support/test';

/** A phone with a small screen. */
const PHONE = { width: 375, height: 667 };

/** Collects what a screen reader would announce from `region`: each text that comes into the element that is there now. */
async function listen(page: Page, region: string): Promise<() => Promise<string[]>> {
  const heard = await page.locator(region).evaluateHandle((element) => {
    const texts: string[] = [];
    const add = () => element.isConnected && element.textContent && texts.push(element.textContent);
    new MutationObserver(add).observe(element, { childList: true, subtree: true, characterData: true });
    return texts;
  });
  return () => heard.evaluate((texts) => texts);
}

test('declined card moves the focus to its message, away from the button that cancels', async ({ member, guard }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.page.setViewportSize(PHONE);
  await buyer.buy(ticket);
  const card = new CardForm(buyer.page);
  await card.fill(CARDS.declined);
  guard.expectStatus(402, '/v1/payment_intents/');
  const held = new Promise<Route>((hold) => void buyer.page.route('**/rpc/start_payment', hold, { times: 1 }));
  const pay = buyer.button(/^Pay /);
  await pay.click();
  const [message, next] = [buyer.page.locator('#card-message'), await held];
  await expect(message).toHaveText('Your card was declined. 2 tries left.');
  await expect(message).toBeFocused();
  for (const part of [message, pay, buyer.page.getByRole('timer')]) await expect(part).toBeInViewport({ ratio: 1 });
  // The next form is still to come.
  await buyer.page.keyboard.press('Tab');
  await expect(pay).toBeFocused();
  await buyer.page.keyboard.press('Enter');
  await next.continue();
  await expect(pay).toBeEnabled();
  // What was pressed before the form was there is not sent.
  await expect(message).toHaveText('Your card was declined. 2 tries left.');

  await buyer.reload();
  await buyer.expectAlert('Your last card was declined. 2 tries left.');
});

test('time left is spoken at five minutes and at one', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.page.clock.install();
  await buyer.buy(ticket);
  const timer = buyer.page.getByRole('timer');
  const heard = await listen(buyer.page, 'p.sr-only[role=alert]');
  await buyer.page.clock.fastForward('09:30');
  await expect(timer).toHaveText(/^05:[0-3]\d$/);
  expect(await heard()).toEqual([]);
  await buyer.page.clock.fastForward('01:00');
  await expect(timer).toHaveText(/^04:/);
  await expect.poll(heard).toEqual(['Five minutes left to pay.']);
  await buyer.page.clock.fastForward('03:00');
  await expect(timer).toHaveText(/^01:/);
  expect(await heard()).toEqual(['Five minutes left to pay.']);
  await buyer.page.clock.fastForward('00:45');
  await expect(timer).toHaveText(/^00:/);
  await expect.poll(heard).toEqual(['Five minutes left to pay.', 'One minute left to pay.']);
});

test('timer catches up after the computer has slept', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.buy(ticket);
  const timer = buyer.page.getByRole('timer');
  await expect(timer).toHaveText(/^14:5\d$/);
  const held = new Promise<Route>((hold) => void buyer.page.route('**/rpc/show_order?**', hold, { times: 1 }));
  // The clock goes on while a computer sleeps, and the time since the page began to load stands still.
  await buyer.page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 40_000;
  });
  await expect(timer).toHaveText(/^14:1\d$/, { timeout: 1_500 });
  // The server knows better: this one has not slept.
  await (await held).continue();
  await expect(timer).toHaveText(/^14:[45]\d$/);
});

const LONG = { Event: 'The Royal Philharmonic Orchestra plays every symphony that it has played in this house', Seat: '12-14' };
for (const [name, listing, count, label] of [['one ticket', {}, 1, 'Pay $49.50'], ['three tickets with a long name', LONG, 3, 'Pay $148.50']] as const) {
  test(`order of ${name} fits on the screen of a phone, and nothing moves`, async ({ member }) => {
    const ticket = await (await member('seller')).list(listing);
    const buyer = await member('buyer');
    await buyer.page.setViewportSize(PHONE);
    const held = new Promise<Route>((hold) => void buyer.page.route('**/v3/', hold, { times: 1 }));
    await buyer.open(ticket.path);
    if (count > 1) await buyer.choose(count);
    await buyer.button(/^Buy /).click();
    // The page is loaded only when the script that is held is.
    await buyer.page.waitForURL(ORDER, { waitUntil: 'commit' });
    const order = buyer.path();
    const pay = buyer.button(label);
    await expect(buyer.page.getByText('Loading the card form…')).toBeVisible();
    const script = await held;
    const before = await pay.boundingBox();
    await script.continue();
    await expect(pay).toBeEnabled();
    expect(await pay.boundingBox()).toEqual(before);

    const [brief, form] = [buyer.page.getByRole('article'), buyer.page.locator('.card-form iframe')];
    const seen = [brief, brief.getByText(label.replace('Pay ', ''), { exact: true }), buyer.page.getByRole('timer'), form, pay];
    // Reached from the listing, and loaded.
    for (const isLoaded of [false, true]) {
      if (isLoaded) await buyer.open(order);
      await expect(pay).toBeEnabled();
      expect(await buyer.page.evaluate(() => scrollY)).toBe(0);
      for (const part of seen) await expect(part).toBeInViewport({ ratio: 1 });
      expect((await brief.boundingBox())?.height).toBeLessThan(0.28 * PHONE.height);
      const [formBox, payBox] = [await form.boundingBox(), await pay.boundingBox()];
      expect((formBox?.y ?? 0) + (formBox?.height ?? 0)).toBeLessThanOrEqual(payBox?.y ?? 0);
    }
    // Stripe draws a longer form for some cards. The button stays on the screen.
    await form.evaluate((frame) => (frame.style.height = '480px'));
    for (const part of [buyer.page.getByRole('timer'), pay]) await expect(part).toBeInViewport({ ratio: 1 });
  });
}
