// A mail has two parts and leads to its page; a user turns mails off, from a mail and on the page of choices.
import { CardForm, CARDS } from '../support/card_form';
import { newListing } from '../support/listing';
import { mailsTo } from '../support/mail';
import { expect, test } from '../support/test';

test('mail about a purchase has two parts, and its button leads to the tickets', async ({ member, stack, request }) => {
  test.setTimeout(120_000);
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  const bought = async () => (await mailsTo(request, stack, buyer.email)).find(({ subject }) => subject.startsWith('Bought: '));
  await expect.poll(bought, { timeout: 45_000 }).toBeTruthy();
  const mail = await bought();
  expect(mail?.raw).toContain('Content-Type: multipart/alternative');
  for (const part of [mail?.text, mail?.html]) {
    expect(part).toContain(ticket.Event);
    for (const line of ['You paid', 'Seller gets', 'We keep', '$49.50']) expect(part).toContain(line);
  }

  const button = /href="([^"]+)"[^>]*>\s*Show the tickets/.exec(mail?.html ?? '')?.[1];
  expect(button).toBe(`${stack.url}${order}/tickets`);
  await buyer.open(`${order}/tickets`);
  await expect(buyer.page.getByRole('heading', { level: 1 })).toContainText(ticket.Event);
});

test('reader turns mails off from a mail, and on again', { tag: '@both' }, async ({ member, visitor, stack, request }) => {
  test.setTimeout(120_000);
  const event = newListing({ Price: '60.00', 'Face value': '60.00' });
  const seller = await member('seller');
  const ticket = await seller.list(event);
  const reader = await member('reader');
  await reader.open(ticket.path);
  await reader.follow('All tickets for this event', /\/events\//);
  await reader.field('Mail me').selectOption('At once');
  await reader.button('Watch event').click();
  await expect(reader.page.getByRole('status').filter({ hasText: 'You are watching.' })).toBeVisible();
  await reader.ready();
  await seller.list({ ...event, Seat: '9', Price: '44.00' });
  await expect.poll(async () => (await mailsTo(request, stack, reader.email)).length, { timeout: 45_000 }).toBe(1);
  const [mail] = await mailsTo(request, stack, reader.email);
  const head = (mail?.raw ?? '').replace(/\r?\n[ \t]+/g, ' ');
  expect(head).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
  const address = /^List-Unsubscribe: <(\S+)>/m.exec(head)?.[1] ?? '';
  expect(address.startsWith(`${stack.url}/mails/unsubscribe?token=`)).toBe(true);
  const row = reader.page.getByRole('listitem').filter({ hasText: 'News about what you watch' });

  // Opening the address changes nothing.
  const elsewhere = await visitor('elsewhere');
  await elsewhere.open(address.slice(stack.url.length));
  await expect(elsewhere.button('Turn off')).toBeVisible();
  await reader.open('/account');
  await reader.follow('Choose your emails', '/account/mails');
  await expect(row).toContainText('On');
  await elsewhere.button('Turn off').click();
  await expect(elsewhere.page.getByRole('heading', { name: 'Turned off' })).toBeVisible();
  await elsewhere.ready();

  await reader.open('/account/mails');
  await expect(row).toContainText('Off');
  await row.getByRole('button').click();
  await expect(reader.page.getByText('You get these emails again.')).toBeVisible();
  await expect(row).toContainText('On');
  await reader.ready();

  // As mail programs do it.
  const headers = { Origin: 'https://mail.example', 'Sec-Fetch-Site': 'cross-site' };
  const answer = await request.post(address, { headers, form: { 'List-Unsubscribe': 'One-Click' } });
  expect(answer.status()).toBe(200);
  await reader.open('/account/mails');
  await expect(row).toContainText('Off');
});
