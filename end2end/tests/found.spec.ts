// What a page says of itself to search engines and to other sites.
import { expect, test } from '../support/test';

test('tags of a page are of no other page, and its data breaks no policy', async ({ member, visitor }) => {
  const seller = await member('seller');
  const ticket = await seller.list({ Event: `</script><script>alert("x")</script> & ${Date.now()}` });
  const reader = await visitor('reader');
  const { page } = reader;
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => console.error(`policy: ${violatedDirective} ${blockedURI}`));
  });
  await reader.open(ticket.path);
  await page.getByRole('link', { name: 'All tickets for this event' }).click();
  await expect(page.locator('link[rel=canonical]')).toHaveCount(0);
  await expect(page).toHaveTitle(/^<\/script>.*, .* · GitTix$/);
  await page.reload();
  await reader.ready();

  const data = JSON.parse((await page.locator('script[type="application/ld+json"]').textContent()) ?? '') as Record<string, unknown>;
  expect(data).toMatchObject({ '@type': 'Event', name: ticket.Event, url: page.url() });
  expect(await page.locator('link[rel=canonical]').getAttribute('href')).toBe(page.url());
  const image = await page.locator('meta[property="og:image"]').getAttribute('content');
  const drawn = await page.request.get(image ?? '');
  expect([drawn.status(), drawn.headers()['content-type']]).toEqual([200, 'image/png']);

  await page.getByRole('link', { name: 'GitTix', exact: true }).click();
  await expect(page).toHaveTitle('Tickets on sale · GitTix');
  await expect(page.locator('head :is(link[rel=canonical], meta[property], script[type="application/ld+json"])')).toHaveCount(0);
});
