// The time zone of a venue: asked for once, when the venue is new.
import { fillListing, newListing, unique } from '../support/listing';
import { TICKET, type Person } from '../support/person';
import { expect, test } from '../support/test';

/** Summer, when London's clocks are not those of UTC. */
const YEAR = new Date().getFullYear() + 1;
const SUMMER = `${YEAR}-07-01T20:00`;

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
  await zone.selectOption({ label: 'Europe / London' });
  await seller.press('List ticket', TICKET);
  await expect(seller.page.getByText(`1 Jul ${YEAR}, 20:00 BST`)).toBeVisible();

  // The second listing there is not asked.
  await seller.open('/tickets/new');
  await fillListing(seller.page, newListing({ Venue: venue, City: 'London', 'Date and time': SUMMER }));
  await expect(seller.field('Time zone')).toBeHidden();
  await seller.press('List ticket', TICKET);
  await expect(seller.page.getByText(`1 Jul ${YEAR}, 20:00 BST`)).toBeVisible();
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
  await seller.field('Time zone').selectOption({ label: 'America / New York' });
  await seller.press('Save changes', ticket.path);
  await expect(seller.page.getByText(`1 Jul ${YEAR}, 20:00 EDT`)).toBeVisible();
});

test('new venue needs a time zone without JavaScript, too', { tag: '@no-script' }, async ({ member }) => {
  const seller = await member('seller');
  const venue = unique('Roundhouse');
  await sendWithoutZone(seller, venue);
  await expect(seller.field('Time zone')).toHaveAccessibleDescription(/This venue is new here\. Choose its time zone\./);
  // Nothing is chosen for the seller.
  await expect(seller.field('Time zone')).toHaveValue('');
  await fillListing(seller.page, newListing({ Venue: venue, City: 'London', 'Date and time': SUMMER, 'Time zone': 'Europe / London' }));
  await seller.press('List ticket', TICKET);
  await expect(seller.page.getByText(`1 Jul ${YEAR}, 20:00 BST`)).toBeVisible();
});

test.describe('in a browser with another name for its time zone', () => {
  test.use({ timezoneId: 'Asia/Calcutta' });

  test('the browser’s time zone is suggested by any name', async ({ member }) => {
    const seller = await member('seller');
    await sendWithoutZone(seller, unique('Roundhouse'));
    await expect(seller.field('Time zone')).toHaveValue(/^Asia\/(Calcutta|Kolkata)$/);
    await seller.press('List ticket', TICKET);
    await expect(seller.page.getByText(`1 Jul ${YEAR}, 20:00 IST`)).toBeVisible();
  });
});
