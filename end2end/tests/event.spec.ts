// The page of an event: a reader chooses among its tickets, and sees what other users do to them.
import type { Person } from '../support/person';
import { expectAccessible } from '../support/accessibility';
import { inDays, newListing, unique } from '../support/listing';
import { serverCommand } from '../support/operator';
import { expect, test } from '../support/test';

const rows = (reader: Person) => reader.page.locator('.offers .ticket');

/** The checker of accessibility is a script of the page. */
async function expectAccessibleIfHydrated(person: Person, path: string, name: string): Promise<void> {
  if (person.hasScript) await expectAccessible(person, path, name);
}

/** Opens the page of the event that a listing is for. */
async function openEvent(reader: Person, listing: string): Promise<void> {
  await reader.open(listing);
  await reader.follow('All tickets for this event', /\/events\//);
  await expect(rows(reader).first()).toBeVisible();
}

test('reader narrows the tickets of an event', { tag: '@both' }, async ({ member, visitor }) => {
  const seller = await member('seller');
  const event = newListing({ Section: 'Stalls', Seat: '1-4', Price: '40' });
  const stalls = await seller.list(event);
  const gallery = await seller.list({ ...event, Section: 'Gallery', Seat: '7', Price: '20' });
  await seller.list({ ...event, Section: 'Gallery', Seat: '9', Price: '25' });
  const reader = await visitor('reader');
  await openEvent(reader, stalls.path);
  await expect(rows(reader)).toHaveCount(3);
  await expect(rows(reader).first().getByRole('link')).toHaveAttribute('href', gallery.path);
  await expect(reader.page.getByRole('row', { name: '$40 to less than $42 4 tickets' })).toBeAttached();

  await reader.field('Tickets together').selectOption('3');
  await expect(reader.field('Delivery').locator('option:checked')).toHaveText('In hand or promised');
  await reader.button('Show').click();
  await expect(reader.page).toHaveURL(/[?&]together=3(&|$)/);
  await reader.ready();
  await expect(rows(reader)).toHaveCount(1);
  await expect(reader.page.getByText('6 tickets on sale')).toBeVisible();
  await reader.page.getByRole('link', { name: /^Gallery/ }).click();
  await expect(reader.page.getByRole('heading', { name: 'No tickets match' })).toBeVisible();
  await expect(reader.field('Tickets together')).toHaveValue('3');
  await reader.page.getByRole('link', { name: 'All tickets for this event' }).click();
  await expect(rows(reader)).toHaveCount(3);

  await reader.field('Highest price, in dollars').fill('22');
  await reader.button('Show').click();
  await expect(reader.page).toHaveURL(/[?&]max=22(&|$)/);
  await expect(rows(reader)).toHaveCount(1);
});

test('page of an event shows locks, prices and new tickets without a reload', async ({ member, visitor }) => {
  const seller = await member('seller');
  const event = newListing();
  const first = await seller.list(event);
  const other = await seller.list({ ...event, Seat: '20', Price: '60' });
  const reader = await visitor('reader');
  await openEvent(reader, first.path);
  await expect(reader.page.getByText('from $49.50')).toBeVisible();

  const buyer = await member('buyer');
  await buyer.buy(first);
  await expect(rows(reader).first()).toContainText('Reserved until');
  await expect(rows(reader).first().getByRole('link', { name: 'Join the waitlist' })).toHaveAttribute('href', first.path);
  await expect(reader.page.getByText('from $60.00')).toBeVisible();
  await expect(reader.page.getByText('1 ticket on sale')).toBeVisible();
  await buyer.cancelOrder();
  await expect(rows(reader).first()).not.toContainText('Reserved until');

  await seller.open(`${other.path}/edit`);
  await seller.field('Price').fill('15');
  await seller.press('Save changes', other.path);
  await expect(rows(reader).nth(1)).toContainText('$15.00');
  await expect(reader.page.getByText('from $15.00')).toBeVisible();

  const third = await seller.list({ ...event, Seat: '30-31', Price: '10' });
  await reader.page.getByText('Sellers have listed or changed tickets.').waitFor();
  await expect(rows(reader)).toHaveCount(2);
  await reader.button('Show the newest').click();
  await expect(rows(reader)).toHaveCount(3);
  await expect(rows(reader).first().getByRole('link')).toHaveAttribute('href', third.path);
  await expect(reader.page.getByText('Sellers have listed or changed tickets.')).toHaveCount(0);
});

test('event elsewhere also shows its time by the reader’s clock', async ({ member, visitor }) => {
  const seller = await member('seller');
  const far = await seller.list({ Venue: unique('Elm Hall'), City: 'New York', 'Time zone': 'New York (America)' });
  const near = await seller.list();
  const reader = await visitor('reader');
  await openEvent(reader, far.path);
  await expect(reader.page.getByText(/your time$/)).toBeVisible();
  await reader.open(far.path);
  await expect(reader.page.getByText(/your time$/)).toBeVisible();
  await openEvent(reader, near.path);
  await expect(reader.page.getByText(/your time$/)).toHaveCount(0);
});

test('event that is moved and then cancelled says so to its reader and to a buyer', { tag: '@both' }, async ({ member, visitor, stack }) => {
  const seller = await member('seller');
  const listing = await seller.list();
  const buyer = await member('buyer');
  const order = await buyer.buy(listing);
  const reader = await visitor('reader');
  await openEvent(reader, listing.path);
  const slug = (path: string) => new URL(path).pathname.replace('/events/', '');
  const old = slug(reader.page.url());

  const [, moved] = /\/events\/(\S+) starts/.exec(serverCommand(stack, 'event', 'move', old, inDays(200))) ?? [];
  await reader.open(`/events/${old}`);
  expect(reader.path()).toBe(`/events/${moved}`);
  await expect(reader.page.getByText('Moved from')).toBeVisible();
  await expectAccessibleIfHydrated(reader, `/events/${moved}`, 'event-moved');
  await buyer.open(order);
  await expect(buyer.page.getByText('The event was moved. It now starts on')).toBeVisible();
  await expectAccessibleIfHydrated(buyer, order, 'order-moved');

  serverCommand(stack, 'event', 'cancel', moved ?? '');
  await reader.open(`/events/${moved}`);
  await expect(reader.page.getByRole('heading', { name: 'This event is cancelled' })).toBeVisible();
  await expectAccessibleIfHydrated(reader, `/events/${moved}`, 'event-cancelled');
  await buyer.open(order);
  await expect(buyer.page.getByRole('heading', { name: 'Your event is cancelled' })).toBeVisible();
  await expect(buyer.page.getByText('You were not charged.')).toBeVisible();
  await expectAccessibleIfHydrated(buyer, order, 'order-cancelled');
});
