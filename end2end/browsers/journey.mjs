// A ticket is listed, locked, paid and shown as sold, in the browsers of two users.
import { By, until } from 'selenium-webdriver';

import { PATIENCE_MS } from './browser.mjs';

const ORDER = /\/orders\/[0-9a-f-]{36}$/;
const TICKET = /\/tickets\/[0-9a-f-]{36}$/;

/** @typedef {import('./person.mjs').Person} Person */

/** scripts/browsers.sh has created the accounts. @param {Person} person */
async function signIn(person) {
  await person.open('/signin');
  await person.fill('Email', `${person.name}@example.com`);
  await person.fill('Password', 'a few plain words');
  await person.press('Sign in');
  await person.button('Sign out');
}

/** Returns the ticket's path. @param {Person} seller */
async function list(seller) {
  const run = Date.now();
  const day = new Date(run + 2 * 86_400_000).toISOString().slice(0, 10);
  await seller.open('/tickets/new');
  await seller.choose('Category', 'Concert');
  const texts = { Event: `The Night Ferry ${run}`, Venue: `Harbour Hall ${run}`, City: 'Rotterdam', Section: 'B', Row: '14', Seat: '7', Price: '64.25' };
  for (const [label, text] of Object.entries(texts)) await seller.fill(label, text);
  await seller.fillDate('Date and time', `${day}T20:00`);
  await seller.press('List ticket');
  // The page asks for the time zone of a new venue.
  await seller.choose('Time zone', 'Amsterdam (Europe)');
  await seller.press('List ticket');
  await seller.arrive(TICKET);
  await seller.see(new RegExp(texts.Event));
  return seller.path();
}

/** The card form is in a frame of another origin. @param {Person} buyer */
async function pay(buyer) {
  const button = await buyer.button('Pay $64.25');
  await buyer.driver.wait(until.ableToSwitchToFrame(By.css('.card-form iframe')), PATIENCE_MS, 'the card form has no frame');
  await buyer.fill('Card number', '4242424242424242');
  await buyer.fill('Expiration date', '1234');
  await buyer.fill('Security code', '123');
  await buyer.driver.switchTo().defaultContent();
  await button.click();
}

/** @param {Person} seller @param {Person} buyer */
export async function journey(seller, buyer) {
  await signIn(seller);
  await signIn(buyer);
  const ticket = await list(seller);
  await seller.mark();

  await buyer.open(ticket);
  await buyer.press('Buy ticket');
  await buyer.arrive(ORDER);
  await buyer.see(/^Awaiting payment$/m);
  await seller.see(/Locked until/);

  const order = await buyer.path();
  const { driver } = buyer;
  const first = await driver.getWindowHandle();
  await driver.switchTo().newWindow('window');
  const second = await driver.getWindowHandle();
  await buyer.open(order);
  await buyer.see(/^Awaiting payment$/m);
  await buyer.mark();

  await driver.switchTo().window(first);
  await pay(buyer);
  await buyer.see(/^Complete$/m);
  await buyer.see(/The ticket is yours/);
  await driver.switchTo().window(second);
  await buyer.see(/^Complete$/m);
  await buyer.expectMarked();
  await seller.see(/^Sold$/m);
  await seller.expectMarked();
}
