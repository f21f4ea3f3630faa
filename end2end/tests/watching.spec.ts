// A user watches an event or a listing, is told by mail, and stops.
import { newListing } from '../support/listing';
import { mailsTo } from '../support/mail';
import type { Person } from '../support/person';
import { expect, test } from '../support/test';

/** Presses a button of a form that leads back to the page that it is on. */
async function pressHere(person: Person, button: string, said: string): Promise<void> {
  await person.button(button).click();
  await expect(person.page.getByRole('status').filter({ hasText: said })).toBeVisible();
  await person.ready();
}

test('reader is mailed when another user lists under the price', { tag: '@both' }, async ({ member, stack, request }) => {
  const event = newListing({ 'Face value': '60.00', Price: '60.00' });
  const seller = await member('seller');
  const ticket = await seller.list(event);
  const reader = await member('reader');
  await reader.open(ticket.path);
  await reader.follow('All tickets for this event', /\/events\//);
  const eventPage = reader.path();
  await reader.field('Highest price').fill('45');
  await reader.field('Mail me').selectOption('At once');
  await pressHere(reader, 'Watch event', 'You are watching.');
  await expect(reader.page.getByText('when tickets for $45.00 or less are listed or become cheaper')).toBeVisible();

  await seller.list({ ...event, Seat: '8', Price: '46.00' });
  const cheap = await seller.list({ ...event, Seat: '9', Price: '44.00' });
  const mails = () => mailsTo(request, stack, reader.email);
  await expect.poll(async () => (await mails()).length, { timeout: 45_000 }).toBe(1);
  const [mail] = await mails();
  expect(mail?.subject).toBe(`${event.Event}: tickets from $44.00`);
  for (const link of [cheap.path, eventPage, '/watching']) expect(mail?.text).toContain(stack.url + link);
  expect(mail?.text).not.toContain('$46.00');
  expect(mail?.text).not.toContain(seller.email);
  expect(await mailsTo(request, stack, seller.email)).toEqual([]);

  await reader.open(eventPage);
  await pressHere(reader, 'Stop watching', 'You no longer watch it.');
  await expect(reader.button('Watch event')).toBeVisible();
});

test('watched listing is on the page of watches until it is stopped', { tag: '@both' }, async ({ member, visitor }) => {
  const ticket = await (await member('seller')).list();
  const reader = await visitor('reader');
  await reader.open(ticket.path);
  await reader.button('Watch listing').click();
  await reader.page.waitForURL(/\/signin\?next=/);
  await reader.ready();
  await reader.follow('Create an account', /\/signup/);
  await reader.signUp(reader.address(), ticket.path);
  await reader.press('Watch listing', '/watching');

  const row = reader.row(ticket);
  await expect(row).toContainText('$49.50');
  await expect(row).toContainText('Once a day: when its price drops, or it is on sale again');
  await row.getByRole('button', { name: 'Mail me at once' }).click();
  await expect(row).toContainText('At once: when its price drops, or it is on sale again');
  await reader.ready();
  await reader.open('/orders');
  await reader.follow('What you watch', '/watching');
  await row.getByRole('button', { name: 'Stop' }).click();
  await expect(reader.page.getByRole('heading', { name: 'You do not watch anything yet' })).toBeVisible();
});
