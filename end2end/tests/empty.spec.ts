// The site without tickets. A project of its own, which runs before all others.
import { expectAccessible } from '../support/accessibility';
import { keepHtml } from '../support/html';
import { expect, test } from '../support/test';

test.use({ stackName: 'short' });

test('empty home page invites to sell a ticket', async ({ visitor }) => {
  const ana = await visitor('ana');
  await ana.open('/');
  await expect(ana.page.getByRole('heading', { name: 'Nothing on sale right now' })).toBeVisible();
  await expectAccessible(ana, '/', 'home-empty');
  await keepHtml(ana, 'home-empty', '/');
  await ana.follow('Sell your ticket', /\/signin\?next=\/tickets\/new$/);
});
