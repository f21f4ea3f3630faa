// Listings of several tickets: how they are listed, split, chosen, withdrawn and changed.
import { CardForm, CARDS } from '../support/card_form';
import { expectAccessible } from '../support/accessibility';
import { ORDER, type Person, type Ticket } from '../support/person';
import { expect, test } from '../support/test';

const FOUR = { Seat: '1-4' };

/** The numbers of tickets that the page offers. */
async function expectChoices(person: Person, numbers: number[]): Promise<void> {
  await expect(person.field('How many').getByRole('option')).toHaveText(numbers.map(String));
}

/** Ticks seats on the open page. */
async function tick(person: Person, seats: string[]): Promise<void> {
  const group = person.page.getByRole('group', { name: /^Tick the seats you want\./ });
  if (!(await group.isVisible())) await person.page.getByText('Choose your seats', { exact: true }).click();
  for (const seat of seats) await person.field(`Seat ${seat}`).check();
}

/** The seller's line of one ticket. */
function line(seller: Person, seat: string) {
  const name = seller.page.getByText(`Seat ${seat}`, { exact: true });
  return seller.page.getByRole('list', { name: 'Tickets' }).getByRole('listitem').filter({ has: name });
}

/** Changes the listing whose edit page is not open yet. */
async function edit(seller: Person, ticket: Ticket, fields: Record<string, string>): Promise<void> {
  await seller.open(`${ticket.path}/edit`);
  for (const [label, value] of Object.entries(fields)) await seller.field(label).fill(value);
  await seller.press('Save changes', ticket.path);
}

test('several seats are listed with a split rule', { tag: '@both' }, async ({ member, visitor }) => {
  const seller = await member('seller');
  const ticket = await seller.list({ Seat: '1-3, 7', 'Sell them': 'In pairs' });
  await expect(seller.page.getByText(/Seats\s1-3,\s7/)).toBeVisible();
  await seller.expectStatus('$49.50 each');
  for (const seat of ['1', '2', '3', '7']) await expect(line(seller, seat)).toContainText('On sale');
  await seller.open('/listings');
  await expect(seller.row(ticket)).toContainText('4 tickets on sale');

  const buyer = await member('buyer');
  await buyer.open(ticket.path);
  await buyer.expectStatus('4 tickets on sale');
  await expectChoices(buyer, [2, 4]);
  await expect(buyer.field('How many')).toHaveAccessibleDescription('Sold in pairs.');
  const reader = await visitor('reader');
  await reader.open(ticket.path);
  await reader.expectStatus('Sold in pairs.');

  await seller.open(`${ticket.path}/edit`);
  await expect(seller.field('Seat')).toHaveValue('1-3, 7');
  await expect(seller.field('Sell them')).toHaveValue('pairs');
});

test('tickets without seats are listed by their number', { tag: '@both' }, async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list({ Section: '', Row: '', Seat: '', 'Number of tickets': '3', 'Sell them': 'All together' });
  await seller.expectStatus('General admission');
  const buyer = await member('buyer');
  await buyer.open(ticket.path);
  await buyer.expectStatus('Sold all together.');
  await expect(buyer.field('How many')).toHaveCount(0);
  await buyer.press('Buy 3 tickets', ORDER);
  await buyer.expectStatus('$148.50');
  await buyer.expectStatus('3 tickets');

  await seller.open(`${ticket.path}/edit`);
  await expect(seller.page.getByRole('heading', { name: 'This listing cannot be edited now' })).toBeVisible();
});

test('two of four are bought and the others stay on sale', async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list(FOUR);
  const [buyer, other] = [await member('buyer'), await member('other')];
  await other.open(ticket.path);
  await other.expectStatus('4 tickets on sale');

  await buyer.open(ticket.path);
  await expect(buyer.button('Buy ticket')).toBeVisible();
  await buyer.choose(2);
  await buyer.expectStatus('2 tickets: $99.00');
  await buyer.press('Buy 2 tickets', ORDER);
  await expect(buyer.page.getByText(/Seats\s\d-\d/)).toBeVisible();
  await other.expectStatus('2 of 4 tickets on sale');
  await expectChoices(other, [1, 2]);

  await expect(buyer.button('Pay $99.00')).toBeVisible();
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  await expect(buyer.page.getByRole('heading', { name: 'The tickets are yours' })).toBeVisible();
  await buyer.open('/orders');
  await expect(buyer.row(ticket)).toContainText('2 tickets');

  // They can buy the rest, too.
  await buyer.open(ticket.path);
  await expect(buyer.page.getByRole('link', { name: 'View order' })).toBeVisible();
  await buyer.choose(2);
  await buyer.press('Buy 2 tickets', ORDER);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  await other.expectStatus('Sold');

  await seller.open(`${ticket.path}/sale`);
  await expect(seller.page.getByRole('heading', { level: 2 })).toHaveCount(2);
  await seller.open('/balance');
  await expect(seller.page.getByRole('listitem').filter({ hasText: ticket.Event }).first()).toContainText('$99.00');
});

test('order page keeps the copy of what was bought', { tag: '@both' }, async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list({ Seat: '1-2' });
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket, 2);
  await buyer.cancelOrder();
  await edit(seller, ticket, { Event: `${ticket.Event} II`, Seat: '8-9', Price: '60.00' });
  await buyer.open(order);
  await expect(buyer.page.getByRole('heading', { level: 1, name: ticket.Event, exact: true })).toBeVisible();
  await expect(buyer.page.getByText(/Seats\s1-2/)).toBeVisible();
  await buyer.expectStatus('$99.00');
});

test('buyer chooses the seats', { tag: '@both' }, async ({ member }) => {
  const ticket = await (await member('seller')).list(FOUR);
  const buyer = await member('buyer');
  await buyer.open(ticket.path);
  if (buyer.hasScript) {
    await tick(buyer, ['3']);
    await expect(buyer.field('How many')).toBeDisabled();
    await buyer.field('Seat 3').uncheck();
    await expect(buyer.field('How many')).toBeEnabled();
    await expect(buyer.button('Buy ticket')).toBeVisible();
  }
  await tick(buyer, ['2', '4']);
  if (buyer.hasScript) await buyer.expectStatus('2 tickets: $99.00');
  await buyer.press(buyer.hasScript ? 'Buy 2 tickets' : 'Buy tickets', ORDER);
  await expect(buyer.page.getByText(/Seats\s2,\s4/)).toBeVisible();
  await buyer.expectStatus('$99.00');

  const other = await member('other');
  await other.open(ticket.path);
  await tick(other, []);
  await expect(other.field('Seat 1')).toBeVisible();
  await expect(other.field('Seat 2')).toBeHidden();
  await expect(other.field('Seat 4')).toBeHidden();
});

test('seats that leave a single one are refused', { tag: '@both' }, async ({ member }) => {
  const ticket = await (await member('seller')).list({ ...FOUR, 'Sell them': 'Never leave a single ticket' });
  const buyer = await member('buyer');
  await buyer.open(ticket.path);
  await expectChoices(buyer, [1, 2, 4]);
  await tick(buyer, ['1', '2', '3']);
  if (buyer.hasScript) await buyer.expectStatus('You cannot buy 3 of these. Choose 1, 2 or 4.');
  await buyer.pressRefused(buyer.hasScript ? 'Buy 3 tickets' : 'Buy tickets', 409, 'lock_ticket');
  await buyer.expectAlert('The seller does not sell this number of tickets.');
  if (buyer.hasScript) {
    // What was ticked is still ticked.
    await expect(buyer.field('Seat 3')).toBeChecked();
    await buyer.field('Seat 3').uncheck();
  } else {
    await tick(buyer, ['1', '2']);
  }
  await buyer.press(buyer.hasScript ? 'Buy 2 tickets' : 'Buy tickets', ORDER);
  await expect(buyer.page.getByText(/Seats\s1-2/)).toBeVisible();
});

test('seat that another buyer has just taken is refused', { tag: '@both' }, async ({ member }) => {
  const ticket = await (await member('seller')).list(FOUR);
  const [buyer, rival] = [await member('buyer'), await member('rival')];
  await buyer.blockUpdates();
  await buyer.open(ticket.path);
  await tick(buyer, ['1', '2']);
  await rival.open(ticket.path);
  await tick(rival, ['2']);
  await rival.press(rival.hasScript ? 'Buy ticket' : 'Buy tickets', ORDER);

  // Both or none: the buyer does not end up with one seat of two.
  await buyer.pressRefused(buyer.hasScript ? 'Buy 2 tickets' : 'Buy tickets', 409, 'lock_ticket');
  await expect(buyer.page.getByRole('alert')).toBeVisible();
  await buyer.expectStatus('3 of 4 tickets on sale');
  await tick(buyer, ['1', '3']);
  await expect(buyer.field('Seat 2')).toBeHidden();
  await buyer.press(buyer.hasScript ? 'Buy 2 tickets' : 'Buy tickets', ORDER);
  await expect(buyer.page.getByText(/Seats\s1,\s3/)).toBeVisible();
});

test('chosen number is never changed into one that was not chosen', async ({ member }) => {
  const ticket = await (await member('seller')).list({ ...FOUR, 'Sell them': 'Never leave a single ticket' });
  const [buyer, other] = [await member('buyer'), await member('other')];
  await buyer.open(ticket.path);
  await expectChoices(buyer, [1, 2, 4]);
  await buyer.field('How many').selectOption('2');
  await expect(buyer.button('Buy 2 tickets')).toBeVisible();
  await other.open(ticket.path);
  await other.field('How many').selectOption('1');
  await other.press('Buy ticket', ORDER);
  await expectChoices(buyer, [1, 3]);
  await expect(buyer.button('Buy ticket')).toBeVisible();
  await expect(buyer.field('How many')).toHaveValue('1');
});

test('one seat is withdrawn and the others stay on sale', { tag: '@both' }, async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list(FOUR);
  const buyer = await member('buyer');
  await buyer.open(ticket.path);
  await seller.open(ticket.path);
  await seller.button('Withdraw seat 3').click();
  await expect(line(seller, '3')).toContainText('Withdrawn');
  await expect(seller.button('Withdraw seat 3')).toHaveCount(0);
  await expect(seller.page.getByText(/Seats\s1-2,\s4/)).toBeVisible();

  // An open page follows.
  if (!buyer.hasScript) await buyer.reload();
  await buyer.expectStatus('3 tickets on sale');
  await expectChoices(buyer, [1, 2, 3]);
  await tick(buyer, []);
  await expect(buyer.field('Seat 3')).toBeHidden();

  await seller.open(`${ticket.path}/edit`);
  await expect(seller.field('Seat')).toHaveValue('1-2, 4');
  await seller.open(ticket.path);
  await seller.press('Withdraw all', '/listings');
  await expect(seller.row(ticket)).toContainText('Withdrawn');
});

test('seller puts back on sale what was withdrawn together, and one seat alone', { tag: '@both' }, async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list(FOUR);
  await seller.open(ticket.path);
  await seller.button('Withdraw seat 3').click();
  await expect(line(seller, '3')).toContainText('Withdrawn');
  await seller.press('Withdraw all', '/listings');
  await seller.open(ticket.path);
  await seller.press('Put 3 tickets back on sale', ticket.path);
  await expect(seller.page.getByText('Your listing is back on sale.')).toBeVisible();
  await seller.expectStatus('3 tickets on sale');
  await seller.press('Put back on sale: seat 3', ticket.path);
  await expect(seller.page.getByText('The ticket is back on sale.')).toBeVisible();
  await seller.expectStatus('4 tickets on sale');
});

test('edit between page and button shows the new price and keeps the choice', { tag: '@both' }, async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list({ ...FOUR, Price: '20.00' });
  const buyer = await member('buyer');
  await buyer.blockUpdates();
  await buyer.open(ticket.path);
  await buyer.choose(2);
  await edit(seller, ticket, { Price: '25.00' });

  await buyer.pressRefused(buyer.hasScript ? 'Buy 2 tickets' : 'Buy tickets', 409, 'lock_ticket');
  await buyer.expectAlert('The price has changed. It is now $25.00.');
  await buyer.expectStatus('$25.00 each');
  if (buyer.hasScript) await buyer.expectStatus('2 tickets: $50.00');
  else await buyer.choose(2);

  // The price is the same, and something else is not.
  await edit(seller, ticket, { Row: '15' });
  await buyer.pressRefused(buyer.hasScript ? 'Buy 2 tickets' : 'Buy tickets', 409, 'lock_ticket');
  await buyer.expectAlert('The seller has changed this listing. Check it before you buy.');
  await expect(buyer.page.getByText(/Row\s15/)).toBeVisible();
  if (!buyer.hasScript) await buyer.choose(2);
  await buyer.press(buyer.hasScript ? 'Buy 2 tickets' : 'Buy tickets', ORDER);
  await buyer.expectStatus('$50.00');
});

test('refusal of an old page carries the listing as it is', async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list({ Price: '20.00' });
  await edit(seller, ticket, { Price: '25.00' });
  const buyer = await member('buyer');
  const response = await buyer.page.request.post('/rpc/lock_ticket', {
    form: { ticket: ticket.path.split('/').at(-1) ?? '', version: 1, price_cents: 2000 },
    headers: { Accept: 'application/json' },
  });
  expect(response.status()).toBe(409);
  const { errors, listing } = await response.json();
  expect(errors[0]).toMatchObject({ code: 'price_changed', price_cents: 2500 });
  expect(listing).toMatchObject({ version: 2, card: { price: { cents: 2500 } } });
});

test('pages of several tickets are accessible in every state', async ({ member, visitor }) => {
  test.setTimeout(120_000);
  const seller = await member('seller');
  const ticket = await seller.list({ Seat: '1-12', 'Sell them': 'Never leave a single ticket' });
  const buyer = await member('buyer');
  await expectAccessible(await visitor('reader'), ticket.path, 'seats-on-sale');
  await expectAccessible(buyer, ticket.path, 'seats-chosen', () => tick(buyer, ['2', '3']));
  await expectAccessible(seller, ticket.path, 'seats-own');
  await expectAccessible(seller, `${ticket.path}/edit`, 'seats-edit');
  await buyer.buy(ticket, 2);
  await expectAccessible(buyer, ticket.path, 'seats-held-by-me');
  await expectAccessible(seller, ticket.path, 'seats-own-locked');
  await expectAccessible(seller, `${ticket.path}/sale`, 'seats-sale');
});
