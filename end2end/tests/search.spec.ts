// A reader finds an event and a ticket for it.
import { newListing, unique } from '../support/listing';
import { expect, test } from '../support/test';

test('event is found by a misspelt name and leads to its tickets', { tag: '@both' }, async ({ member, visitor }) => {
  const seller = await member('seller');
  const event = newListing({ Event: unique('Kvöldvaka Seyðisfjörður'), City: 'Reykjavík', Venue: 'Harpa', 'Time zone': 'Reykjavik (Atlantic)' });
  const dear = await seller.list(event);
  const cheap = await seller.list({ ...event, Price: '20', Seat: '8-11' });

  const reader = await visitor('reader');
  await reader.open('/');
  await reader.field('Event, venue or city').fill('kvoldvaka seydisfjordhur');
  await reader.button('Search').click();
  await reader.ready();
  await expect(reader.page.getByText('Showing results for kvoldvaka seydisfjordur')).toBeVisible();
  await reader.page.getByRole('link', { name: event.Event }).click();
  await expect(reader.page.getByRole('heading', { level: 1, name: event.Event })).toBeVisible();
  await expect(reader.page).toHaveURL(/\/events\/kvoldvaka-seydisfjordur-.*-reykjavik-\d{4}-\d\d-\d\d-[0-9a-f]{12}$/);
  await expect(reader.page.getByText('5 tickets on sale')).toBeVisible();

  const listings = reader.page.locator('.offers .ticket');
  await expect(listings).toHaveCount(2);
  await expect(listings.first()).toContainText('1-4 tickets together');
  await expect(listings.nth(1).getByRole('link')).toHaveAttribute('href', dear.path);
  await listings.first().getByRole('link').click();
  await expect(reader.page).toHaveURL(new RegExp(`${cheap.path}$`));
  await reader.page.getByRole('link', { name: 'All tickets for this event' }).click();
  await expect(listings).toHaveCount(2);
});

test('filters are in the address and can be undone', { tag: '@both' }, async ({ member, visitor }) => {
  const seller = await member('seller');
  const event = newListing();
  await seller.list(event);
  const reader = await visitor('reader');
  await reader.open(`/search?q=${encodeURIComponent(event.Event)}`);
  await expect(reader.page.getByRole('link', { name: event.Event })).toBeVisible();
  await reader.page.getByText('Filters', { exact: true }).click();
  await reader.field('Highest price of a ticket, in dollars').fill('20');
  await reader.button('Search').click();
  await expect(reader.page).toHaveURL(/[?&]max=20(&|$)/);
  await reader.ready();
  await expect(reader.page.getByRole('heading', { name: 'No tickets found' })).toBeVisible();
  await expect(reader.field('Highest price of a ticket, in dollars')).toHaveValue('20');
  await reader.field('Highest price of a ticket, in dollars').fill('');
  await reader.button('Search').click();
  await expect(reader.page.getByRole('link', { name: event.Event })).toBeVisible();
});

test('name that is suggested leads to its page', async ({ member, visitor }) => {
  const seller = await member('seller');
  const event = newListing({ Venue: unique('Ljósvaki'), City: 'Reykjavík', 'Time zone': 'Reykjavik (Atlantic)' });
  await seller.list(event);
  const reader = await visitor('reader');
  await reader.open('/');
  const field = reader.field('Event, venue or city');
  await field.pressSequentially('ljosva');
  const option = reader.page.locator(`#suggestions option[value="${event.Venue}"]`);
  await expect(option).toHaveText('Venue in Reykjavík, 1 event');
  // As a browser does whose reader chooses from the list.
  await field.evaluate((input: HTMLInputElement, name) => {
    input.value = name;
    input.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertReplacementText' }));
  }, event.Venue);
  await expect(reader.page.getByRole('heading', { level: 1, name: event.Venue })).toBeVisible();
  await expect(reader.page.getByRole('link', { name: event.Event })).toBeVisible();
});

test('searches of this device are offered again, until its user signs out', async ({ member }) => {
  const ana = await member('ana');
  await ana.open('/');
  const field = ana.field('Event, venue or city');
  await field.fill('midnight');
  await ana.button('Search').click();
  await expect(ana.page).toHaveURL(/\/search\?q=midnight$/);
  await ana.open('/');
  await field.focus();
  await expect(ana.page.locator('#suggestions option')).toHaveAttribute('value', 'midnight');
  await ana.signOut();
  await field.focus();
  await expect(ana.page.locator('#suggestions option')).toHaveCount(0);
});

test('choices narrow a search and can be taken back', { tag: '@both' }, async ({ member, visitor }) => {
  const seller = await member('seller');
  const event = newListing({ City: unique('Borgarnes') });
  await seller.list(event);
  const reader = await visitor('reader');
  await reader.open(`/search?q=${encodeURIComponent(event.Event)}`);
  const choices = reader.page.getByRole('navigation', { name: 'Narrow the search' });
  await choices.getByRole('link', { name: event.City }).click();
  await expect(reader.page).toHaveURL(/[?&]city=/);
  await expect(choices.getByRole('link', { name: event.City })).toHaveAttribute('aria-current', 'true');
  await expect(reader.page.getByText('1 event', { exact: true })).toBeVisible();
  await reader.open('/');
  await expect(reader.page.getByRole('heading', { name: `Soon in ${event.City}` })).toBeVisible();
  await expect(reader.page.getByRole('link', { name: event.Event })).toHaveCount(1);
});
