// The first day: nothing has been listed yet. A project of its own, before all others.
import { expectAccessible } from '../support/looks';
import { expect, test } from '../support/test';

test.use({ stackName: 'short' });

test('a home page without tickets invites to list one', async ({ visitor }) => {
  const ana = await visitor('ana');
  await ana.open('/');
  await expect(ana.page.getByRole('heading', { name: 'Nothing on sale right now' })).toBeVisible();
  await expectAccessible(ana, '/', 'home-empty');
  await ana.follow('List it here', /\/signin\?next=\/tickets\/new$/);
});
