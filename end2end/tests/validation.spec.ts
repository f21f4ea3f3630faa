// What forms refuse, and how they show it.
import { newListing, fillListing, inDays, unique } from '../support/listing';
import { TICKET, type Person } from '../support/person';
import { expect, test } from '../support/test';

/** Turns the browser's own checks off, so that the server's are tested. */
async function withoutBrowserChecks(person: Person): Promise<void> {
  // Beside it there may be forms that discard drafts.
  await person.page.locator('main form:has(.field)').evaluate((form: HTMLFormElement) => (form.noValidate = true));
}

test('each invalid field of a listing shows its error', { tag: '@both' }, async ({ member }) => {
  const ana = await member('ana');
  // The venue is known, and with it the time zone of the date.
  const { Venue, City } = await ana.list();
  const wrong = { Event: '   ', Venue, 'Date and time': '2020-01-01T20:00', Price: '0.49' };
  const messages = { Event: 'Fill in this field.', Category: 'Choose a category.', 'Date and time': 'Choose a time in the future.', Price: 'The lowest price is $0.50.' };
  const refusals = [
    { fields: wrong, messages: { ...messages, City: 'Fill in this field.' } },
    { fields: { ...wrong, City }, messages },
  ];
  for (const { fields, messages } of refusals) {
    await ana.open('/tickets/new');
    await withoutBrowserChecks(ana);
    await fillListing(ana.page, fields);
    await ana.pressRefused('List ticket', 422, 'list_ticket');

    await ana.expectAlert(`${Object.keys(messages).length} things to correct:`);
    for (const [label, message] of Object.entries(messages)) {
      await expect(ana.field(label)).toHaveAttribute('aria-invalid', 'true');
      await expect(ana.field(label)).toHaveAccessibleDescription(new RegExp(message.replace('$', '\\$')));
      await expect(ana.page.getByRole('link', { name: `${label}: ${message}`, exact: true })).toBeVisible();
    }
    await ana.page.getByRole('link', { name: /^Price:/ }).click();
    await expect(ana.field('Price')).toBeFocused();
    await expect(ana.field('Venue')).not.toHaveAttribute('aria-invalid');
    if (ana.hasScript) await expect(ana.field('Time zone')).toBeHidden();
    expect(ana.path()).toBe('/tickets/new');
  }
});

test('typed values stay after a refusal', async ({ member }) => {
  const ana = await member('ana');
  // So that the venue is known and the form has one fault only.
  await ana.list();
  await ana.open('/tickets/new');
  const listing = newListing({ 'Date and time': '2020-01-01T20:00', Seat: '7-10', 'Sell them': 'In pairs' });
  await fillListing(ana.page, listing);
  await ana.pressRefused('List ticket', 422, 'list_ticket');
  await expect(ana.field('Date and time')).toBeFocused();
  for (const label of ['Event', 'Venue', 'City', 'Section', 'Row', 'Seat', 'Number of tickets', 'Price'] as const) {
    await expect(ana.field(label)).toHaveValue(listing[label]);
  }
  await expect(ana.field('Category')).toHaveValue('concert');
  await expect(ana.field('Sell them')).toHaveValue('pairs');
  await ana.field('Date and time').fill(inDays(40));
  await ana.sendListing('List ticket', TICKET);
});

test('each wrong way to name seats shows its error', { tag: '@both' }, async ({ member }) => {
  const ana = await member('ana');
  const wrong = [
    { Seat: '12-10', field: 'Seat', message: 'Enter each seat once' },
    { Seat: '12, 12', field: 'Seat', message: 'Enter each seat once' },
    { Seat: '1-101', field: 'Seat', message: 'at most 100 tickets' },
    { Seat: '1-3', 'Number of tickets': '2', field: 'Number of tickets', message: 'Enter how many tickets there are' },
    { Seat: '', 'Number of tickets': '101', field: 'Number of tickets', message: 'at most 100 tickets' },
  ];
  for (const { field, message, ...seats } of wrong) {
    await ana.open('/tickets/new');
    await withoutBrowserChecks(ana);
    await fillListing(ana.page, newListing(seats));
    await ana.pressRefused('List ticket', 422, 'list_ticket');
    await expect(ana.field(field)).toHaveAttribute('aria-invalid', 'true');
    await expect(ana.field(field)).toHaveAccessibleDescription(new RegExp(message));
  }
});

test('browser stops an incomplete form', { tag: '@both' }, async ({ member }) => {
  const ana = await member('ana');
  const sent: string[] = [];
  ana.page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()));
  await ana.open('/tickets/new');
  await ana.button('List ticket').click();
  await expect(ana.field('Event')).toBeFocused();
  await fillListing(ana.page, newListing({ Price: '' }));
  await ana.button('List ticket').click();
  await expect(ana.field('Price')).toBeFocused();
  await ana.signOut();
  await ana.open('/signup');
  await ana.field('Email').fill('no address');
  await ana.field('Password').fill('short');
  await ana.button('Sign up').click();
  await expect(ana.field('Email')).toBeFocused();
  expect(sent.filter((url) => !/\/rpc\/(sign_out|save_draft)$/.test(url))).toEqual([]);
});

test('account form shows errors at the fields', { tag: '@both' }, async ({ visitor }) => {
  const ana = await visitor('ana');
  await ana.open('/signup');
  await withoutBrowserChecks(ana);
  await ana.field('Email').fill('no address');
  await ana.field('Password').fill('short');
  await ana.pressRefused('Sign up', 422, 'sign_up');
  await expect(ana.field('Email')).toHaveAccessibleDescription(/Enter an email address/);
  await expect(ana.field('Password')).toHaveAccessibleDescription(/Use at least 8 characters/);
});

test('names of any kind are shown as typed', { tag: '@both' }, async ({ member }) => {
  const ana = await member('ana');
  const ticket = await ana.list({ Event: unique('<b>Æthel & "Søn"</b> — 東京 🎟'), Venue: "O'Hara's </script>" });
  await expect(ana.page.getByRole('heading', { level: 1 })).toHaveText(ticket.Event);
  await expect(ana.page).toHaveTitle(`${ticket.Event} · GitTix`);
  await expect(ana.page.getByText(ticket.Venue)).toBeVisible();
});

test('long names wrap on a phone', { tag: '@both' }, async ({ member }) => {
  const ana = await member('ana');
  await ana.page.setViewportSize({ width: 375, height: 800 });
  const event = unique('').trim().padEnd(120, 'Wagalaweia');
  const ticket = await ana.list({ Event: event, Venue: 'V'.repeat(120), City: 'C'.repeat(80), Section: 'S'.repeat(20), Price: '100000' });
  for (const path of [ticket.path, '/listings', `${ticket.path}/edit`]) {
    await ana.open(path);
    const { scroll, client } = await ana.page.locator('html').evaluate((html) => ({ scroll: html.scrollWidth, client: html.clientWidth }));
    expect(scroll, path).toBeLessThanOrEqual(client);
  }
});
