// A seller lists tickets for an event that GitTix knows.
import { newListing, unique } from '../support/listing';
import { type Person, TICKET } from '../support/person';
import { expect, test } from '../support/test';

/** An event in a country that has no rule for prices. */
const inBerlin = () => newListing({ City: 'Berlin', 'Time zone': 'Berlin (Europe)', Venue: 'Spreehalle', 'Face value': '' });

/** What a person fills in or presses, in its order. */
async function fill(person: Person, inputs: [string, string][]): Promise<void> {
  for (const [label, value] of inputs) await person.field(label).fill(value);
}

test('one seat takes five inputs, four seats take six', { tag: '@both' }, async ({ member }) => {
  const event = inBerlin();
  await (await member('other')).list({ ...event, Price: '39' });
  const seller = await member('seller');
  await seller.open(`/search?q=${encodeURIComponent(event.Event)}`);
  await seller.follow(event.Event, /\/events\//);
  await seller.follow('Sell them here', /\/tickets\/new\?event=/);
  await expect(seller.page.getByText('Cheapest on sale now: $39.00.')).toBeVisible();
  await expect(seller.field('Event')).toHaveCount(0);
  await fill(seller, [['Section', 'A'], ['Row', '3'], ['Seat', '12'], ['Price', '41.50']]);
  await seller.press('List ticket', TICKET);
  await expect(seller.page.getByRole('heading', { level: 1, name: event.Event })).toBeVisible();

  await seller.follow('All tickets for this event', /\/events\//);
  await seller.follow('Sell them here', /\/tickets\/new\?event=/);
  await fill(seller, [['Section', 'A'], ['Row', '4'], ['Seat', '1-4'], ['Price', '40']]);
  await seller.field('Sell them').selectOption('In pairs');
  await seller.press('List ticket', TICKET);
  await seller.follow('All tickets for this event', /\/events\//);
  await expect(seller.page.getByText('6 tickets on sale')).toBeVisible();
});

test('refused listing keeps its event and what was typed', { tag: '@both' }, async ({ member }) => {
  const event = inBerlin();
  await (await member('other')).list(event);
  const seller = await member('seller');
  await seller.open(`/search?q=${encodeURIComponent(event.Event)}`);
  await seller.follow(event.Event, /\/events\//);
  await seller.follow('Sell them here', /\/tickets\/new\?event=/);
  await fill(seller, [['Section', 'A'], ['Price', 'a lot']]);
  await seller.pressRefused('List ticket', 422, 'list_ticket');
  await expect(seller.field('Section')).toHaveValue('A');
  await expect(seller.page.locator('.known-event')).toContainText(event.Event);
  await seller.field('Price').fill('40');
  await seller.press('List ticket', TICKET);
});

test('withdrawn listing is listed again with its seats', { tag: '@both' }, async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list({ Seat: '7-9' });
  await seller.open('/listings');
  await seller.row(ticket).getByRole('button', { name: 'Withdraw' }).click();
  await expect(seller.row(ticket).getByRole('link', { name: 'List again' })).toBeVisible();
  await seller.follow('List again', /\/tickets\/new\?like=/);
  await expect(seller.field('Seat')).toHaveValue('7-9');
  await expect(seller.field('Price')).toHaveValue('49.50');
  await seller.press('List ticket', TICKET);
  await expect(seller.page.getByRole('heading', { level: 1, name: ticket.Event })).toBeVisible();
});

test('event that is suggested while its title is typed leads to the short form', async ({ member }) => {
  const event = newListing({ Event: unique('Vetrarnótt') });
  await (await member('other')).list(event);
  const seller = await member('seller');
  await seller.open('/tickets/new');
  const title = seller.field('Event');
  await title.pressSequentially(event.Event.slice(0, -2));
  await expect(seller.page.locator(`#suggestions option[value="${event.Event}"]`)).toHaveCount(1);
  // As a browser does whose reader chooses from the list.
  await title.evaluate((input: HTMLInputElement, name) => {
    input.value = name;
    input.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertReplacementText' }));
  }, event.Event);
  await expect(seller.page).toHaveURL(/\/tickets\/new\?event=/);
  await expect(seller.page.locator('.known-event')).toContainText(event.Event);
  // What was typed is no draft of another listing.
  await seller.open('/tickets/new');
  await expect(seller.field('Event')).toHaveValue('');
});

/** The labels or names of what has the focus. */
const focused = (person: Person) =>
  person.page.evaluate(() => {
    const active = document.activeElement as HTMLInputElement | null;
    return active?.labels?.[0]?.textContent ?? active?.textContent ?? '';
  });

/** Presses Tab until a control has the focus. */
async function tabTo(person: Person, name: string): Promise<void> {
  await expect(async () => {
    await person.page.keyboard.press('Tab');
    expect(await focused(person)).toBe(name);
  }).toPass({ intervals: [0] });
}

test('one seat is listed by keyboard alone, in six inputs', async ({ member }) => {
  const event = inBerlin();
  await (await member('other')).list({ ...event, Price: '39' });
  const seller = await member('seller');
  await seller.open(`/search?q=${encodeURIComponent(event.Event)}`);
  await seller.follow(event.Event, /\/events\//);

  const begin = Date.now();
  let inputs = 0;
  const press = async (name: string, leadsTo: RegExp) => {
    await tabTo(seller, name);
    await seller.page.keyboard.press('Enter');
    inputs += 1;
    await seller.page.waitForURL(leadsTo);
    await seller.ready();
  };
  const type = async (label: string, text: string) => {
    await tabTo(seller, label);
    await seller.page.keyboard.type(text);
    inputs += 1;
  };
  await press('Sell them here', /\/tickets\/new\?event=/);
  await type('Section', 'A');
  await type('Row', '3');
  await type('Seat', '12');
  await type('Price', '41.50');
  // In a field, Enter presses the first button of its form, and that is not the one that saves a draft.
  await seller.page.keyboard.press('Enter');
  inputs += 1;
  await seller.page.waitForURL(TICKET);
  await seller.ready();
  test.info().annotations.push({ type: 'seconds by keyboard', description: ((Date.now() - begin) / 1000).toFixed(1) });
  expect(inputs).toBeLessThanOrEqual(6);
  await expect(seller.page.getByRole('heading', { level: 1, name: event.Event })).toBeVisible();
});
