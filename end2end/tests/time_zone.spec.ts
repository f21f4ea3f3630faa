// The time zone of a venue: asked for once, when the venue is new.
import { fillListing, newListing, unique } from '../support/listing';
import { TICKET, type Person } from '../support/person';
import { expect, test } from '../support/test';

/** Summer, when London's clocks are not those of UTC. */
const YEAR = new Date().getFullYear() + 1;
const SUMMER = `${YEAR}-07-01T20:00`;

/** The start of the event on its page, if the venue's clocks are `offset` from UTC then. */
const start = (seller: Person, offset: string) => seller.page.locator(`time[datetime="${SUMMER}:00${offset}"]`);

/** The last Sunday of a month, on which Europe's clocks change at one o'clock UTC, at half past one in London. */
function clockChange(month: 'March' | 'October'): string {
  const last = new Date(`${month} 31, ${YEAR} 12:00 UTC`);
  last.setUTCDate(31 - last.getUTCDay());
  return `${last.toISOString().slice(0, 10)}T01:30`;
}

/** Sends a listing at a new venue, without its time zone. */
async function sendWithoutZone(seller: Person, venue: string): Promise<void> {
  const { 'Time zone': _, ...listing } = newListing({ Venue: venue, City: 'London', 'Date and time': SUMMER });
  await seller.open('/tickets/new');
  await fillListing(seller.page, listing);
  await expect(seller.field('Time zone')).toHaveValue('');
  await seller.pressRefused('List ticket', 422, 'list_ticket');
}

test('time zone is asked for only for a new venue', async ({ member }) => {
  const seller = await member('seller');
  const venue = unique('Roundhouse');
  await sendWithoutZone(seller, venue);
  const zone = seller.field('Time zone');
  await expect(zone).toBeFocused();
  await expect(zone).toHaveAccessibleDescription(/This venue is new here\. Choose its time zone\./);
  // The browser's own, as a suggestion.
  await expect(zone).toHaveValue('Europe/Berlin');
  await zone.selectOption({ label: 'London (Europe)' });
  await seller.press('List ticket', TICKET);
  await expect(start(seller, '+01:00')).toHaveText(new RegExp(`1 Jul ${YEAR}, 20:00$`));

  // The second listing there is not asked.
  await seller.open('/tickets/new');
  await fillListing(seller.page, newListing({ Venue: venue, City: 'London', 'Date and time': SUMMER }));
  await expect(seller.field('Time zone')).toBeHidden();
  await seller.press('List ticket', TICKET);
  await expect(start(seller, '+01:00')).toHaveText(new RegExp(`1 Jul ${YEAR}, 20:00$`));
});

test('edit to a new venue asks for its time zone', async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list({ 'Date and time': SUMMER });
  await seller.open(`${ticket.path}/edit`);
  await expect(seller.field('Time zone')).toBeHidden();
  await seller.field('Venue').fill(unique('Village Vanguard'));
  await seller.field('City').fill('New York');
  await seller.pressRefused('Save changes', 422, 'edit_ticket');
  await expect(seller.field('Time zone')).toBeFocused();
  await seller.field('Time zone').selectOption({ label: 'New York (America)' });
  await seller.press('Save changes', ticket.path);
  await expect(start(seller, '-04:00')).toHaveText(new RegExp(`1 Jul ${YEAR}, 20:00$`));
});

test('new venue needs a time zone without JavaScript, too', { tag: '@no-script' }, async ({ member }) => {
  const seller = await member('seller');
  const venue = unique('Roundhouse');
  await sendWithoutZone(seller, venue);
  await expect(seller.field('Time zone')).toHaveAccessibleDescription(/This venue is new here\. Choose its time zone\./);
  // Nothing is chosen for the seller.
  await expect(seller.field('Time zone')).toHaveValue('');
  await fillListing(seller.page, newListing({ Venue: venue, City: 'London', 'Date and time': SUMMER, 'Time zone': 'London (Europe)' }));
  await seller.press('List ticket', TICKET);
  await expect(start(seller, '+01:00')).toHaveText(new RegExp(`1 Jul ${YEAR}, 20:00$`));
});

test('hour that comes twice is asked for', { tag: '@both' }, async ({ member }) => {
  const seller = await member('seller');
  const listing = newListing({ Venue: unique('Roundhouse'), City: 'London', 'Date and time': clockChange('October'), 'Time zone': 'London (Europe)' });
  await seller.open('/tickets/new');
  await expect(seller.field('Which hour')).toHaveCount(0);
  await fillListing(seller.page, listing);
  if (seller.hasScript) {
    await seller.pressRefused('List ticket', 422, 'list_ticket');
    await seller.field('Time zone').selectOption({ label: listing['Time zone'] });
  }
  await seller.pressRefused('List ticket', 422, 'list_ticket');
  await expect(seller.field('Date and time')).toHaveAccessibleDescription(/This hour comes twice that night, when clocks go back\. Choose the first or the second\./);
  for (const label of ['Event', 'Venue', 'Date and time', 'Price'] as const) await expect(seller.field(label)).toHaveValue(listing[label]);
  await expect(seller.field('Time zone')).toHaveValue('Europe/London');
  await seller.field('Which hour').selectOption({ label: 'The second, after clocks go back' });
  await seller.press('List ticket', TICKET);
  await expect(seller.page.locator(`time[datetime="${listing['Date and time']}:00+00:00"]`)).toBeVisible();

  await seller.open('/tickets/new');
  await fillListing(seller.page, listing);
  await seller.pressRefused('List ticket', 422, 'list_ticket');
  await seller.field('Which hour').selectOption({ label: 'The first, before clocks go back' });
  await seller.press('List ticket', TICKET);
  await expect(seller.page.locator(`time[datetime="${listing['Date and time']}:00+01:00"]`)).toBeVisible();
});

test('hour that never comes is refused in words', { tag: '@both' }, async ({ member }) => {
  const seller = await member('seller');
  // The venue is known, and with it the time zone of the date.
  const { Venue, City } = await seller.list({ Venue: unique('Roundhouse'), City: 'London', 'Time zone': 'London (Europe)' });
  const listing = newListing({ Venue, City, 'Date and time': clockChange('March') });
  await seller.open('/tickets/new');
  await fillListing(seller.page, listing);
  await seller.pressRefused('List ticket', 422, 'list_ticket');
  await expect(seller.field('Date and time')).toHaveAccessibleDescription(/The clocks go forward on that day and skip this time\. Choose another time\./);
  await expect(seller.field('Which hour')).toHaveCount(0);
  for (const label of ['Event', 'Venue', 'City', 'Date and time', 'Seat', 'Price'] as const) await expect(seller.field(label)).toHaveValue(listing[label]);
});

test.describe('in a browser with another name for its time zone', () => {
  test.use({ timezoneId: 'Asia/Calcutta' });

  test('the browser’s time zone is suggested by any name', async ({ member }) => {
    const seller = await member('seller');
    await sendWithoutZone(seller, unique('Roundhouse'));
    await expect(seller.field('Time zone')).toHaveValue(/^Asia\/(Calcutta|Kolkata)$/);
    await seller.press('List ticket', TICKET);
    await expect(start(seller, '+05:30')).toHaveText(new RegExp(`1 Jul ${YEAR}, 20:00$`));
  });
});
