// What was typed into the form of a new listing stays as a draft.
import { expectAccessible } from '../support/accessibility';
import { newListing, fillListing, unique } from '../support/listing';
import { PASSWORD, type Person, TICKET } from '../support/person';
import { expect, test } from '../support/test';

/** A listing whose venue is known, so that the form has no more questions. */
async function knownVenue(seller: Person) {
  const { Venue, City } = await seller.list();
  return newListing({ Venue, City });
}

const saved = (person: Person) => expect(person.page.getByRole('status').filter({ hasText: /^Draft saved$/ })).toBeVisible();
const offered = (person: Person, event: string) => person.page.getByText(`You have a draft: ${event}, saved `);

test('draft survives the browser, and is listed', async ({ member, visitor }) => {
  test.setTimeout(120_000);
  const seller = await member('seller');
  const listing = await knownVenue(seller);
  await seller.open('/tickets/new');
  await fillListing(seller.page, { ...listing, Price: 'a lot' });
  await saved(seller);
  await expect(seller.page).toHaveURL(/\/tickets\/new\?draft=[0-9a-f-]{36}$/);
  const address = seller.address();
  // The focus stays where the seller types.
  await expect(seller.field('Face value')).toBeFocused();

  // Another browser, with nothing of this one but the account.
  const again = await visitor('again');
  await again.signIn(seller.email);
  await again.open('/tickets/new');
  await expect(offered(again, listing.Event)).toBeVisible();
  await expect(again.field('Event')).toHaveValue('');
  await expectAccessible(again, '/tickets/new', 'draft-offered');
  await again.follow(`Continue ${listing.Event}`, address);
  await expect(again.field('Event')).toHaveValue(listing.Event);
  await expect(again.field('Price')).toHaveValue('a lot');
  await expect(again.field('Category')).toHaveValue('concert');
  await again.field('Price').fill('41.50');
  await saved(again);
  await again.reload();
  await expect(again.field('Price')).toHaveValue('41.50');
  await expectAccessible(again, address, 'draft');

  await again.press('List ticket', TICKET);
  await expect(again.page.getByRole('heading', { level: 1, name: listing.Event })).toBeVisible();
  await again.open('/tickets/new');
  await expect(offered(again, listing.Event)).toHaveCount(0);
  seller.guard.expectStatus(404, '/tickets/new');
  await seller.reload();
  await expect(seller.page.getByText('This draft does not exist.')).toBeVisible();
});

test('reloaded form goes on as the same draft', async ({ member }) => {
  const seller = await member('seller');
  const listing = newListing();
  await seller.open('/tickets/new');
  await fillListing(seller.page, { Event: listing.Event, City: listing.City });
  // Before it is saved by itself.
  await seller.reload();
  await expect(seller.field('Event')).toHaveValue(listing.Event);
  await seller.field('Price').fill('12');
  await saved(seller);
  await seller.open('/listings?show=drafts');
  await expect(seller.page.getByRole('heading', { level: 2 })).toHaveText([listing.Event]);
});

test('what is typed while the server is away is saved later', async ({ member, guard }) => {
  const seller = await member('seller');
  const listing = newListing();
  await seller.open('/tickets/new');
  guard.allowFailure('net::ERR_INTERNET_DISCONNECTED');
  await seller.page.context().setOffline(true);
  await fillListing(seller.page, { Event: listing.Event, City: listing.City });
  await expect(seller.page.getByText('Draft not saved. You seem to be offline.')).toBeVisible();
  await seller.page.context().setOffline(false);
  await seller.field('Price').fill('12');
  await saved(seller);
});

test('drafts are saved by a button, listed and discarded', { tag: '@both' }, async ({ member }) => {
  test.setTimeout(120_000);
  const seller = await member('seller');
  const event = unique('Half a listing');
  await seller.open('/tickets/new');
  await seller.field('Event').fill(event);
  await seller.field('Price').fill('x');
  await seller.button('Save draft').click();
  await expect(seller.page).toHaveURL(/\/tickets\/new\?draft=/);
  if (seller.hasScript) await saved(seller);
  else await expect(seller.page.getByText('Your draft is saved.')).toBeVisible();
  await seller.signOut();

  await seller.signIn(seller.email);
  await seller.open('/listings?show=drafts');
  await expect(seller.page.getByRole('heading', { level: 2, name: event })).toBeVisible();
  if (seller.hasScript) await expectAccessible(seller, '/listings?show=drafts', 'drafts');
  await seller.follow(`Continue ${event}`, /\/tickets\/new\?draft=/);
  await expect(seller.field('Price')).toHaveValue('x');
  await seller.open('/tickets/new');
  await seller.page.getByRole('button', { name: `Discard draft of ${event}` }).click();
  await expect(seller.page.getByText('The draft is discarded.')).toBeVisible();
  await expect(offered(seller, event)).toHaveCount(0);
  await seller.open('/listings?show=drafts');
  await expect(seller.page.getByRole('heading', { level: 2, name: event })).toHaveCount(0);
});

test('draft that the session does not outlive leads back to itself', async ({ member }) => {
  test.setTimeout(120_000);
  const seller = await member('seller');
  const listing = await knownVenue(seller);
  await seller.open('/tickets/new');
  await fillListing(seller.page, listing);
  await saved(seller);
  const address = seller.address();
  await seller.page.context().clearCookies();
  await seller.pressRefused('List ticket', 401, 'list_ticket');
  await seller.follow('Go to sign-in', /\/signin/);
  await seller.field('Email').fill(seller.email);
  await seller.field('Password').fill(PASSWORD);
  await seller.press('Sign in', address);
  await expect(seller.field('Price')).toHaveValue(listing.Price);
  await seller.press('List ticket', TICKET);
});
