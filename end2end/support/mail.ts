// The mails that the site has sent, as its mail catcher keeps them.
import type { APIRequestContext } from '@playwright/test';

import type { Stack } from './stacks';
import { expect } from './test';

interface Mail {
  subject: string;
  text: string;
}

/** The mails to an address, newest first. */
export async function mailsTo(request: APIRequestContext, stack: Stack, email: string): Promise<Mail[]> {
  const answer = await request.get(`${stack.mails}/api/mails`, { params: { to: email } });
  return (await answer.json()) as Mail[];
}

/** The path of the link in the newest mail, once `count` mails have arrived. */
export async function linkIn(request: APIRequestContext, stack: Stack, email: string, count: number): Promise<string> {
  await expect.poll(async () => (await mailsTo(request, stack, email)).length, { timeout: 20_000 }).toBe(count);
  const [newest] = await mailsTo(request, stack, email);
  const link = /^http:\S+$/m.exec(newest?.text ?? '')?.[0] ?? '';
  expect(link.startsWith(`${stack.url}/reset?token=`)).toBe(true);
  return link.slice(stack.url.length);
}
