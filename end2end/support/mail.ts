// The mails that the site has sent, as its mail catcher keeps them.
import { type APIRequestContext, expect } from '@playwright/test';

import type { Stack } from './stacks';

interface Mail {
  subject: string;
  text: string;
  html: string;
  /** As it was sent. */
  raw: string;
}

/** The mails to an address, newest first. */
export async function mailsTo(request: APIRequestContext, stack: Stack, email: string): Promise<Mail[]> {
  const answer = await request.get(`${stack.mails}/api/mails`, { params: { to: email } });
  return (await answer.json()) as Mail[];
}

/** The code in the newest mail to an address that signs up. */
export async function codeFor(request: APIRequestContext, stack: Stack, email: string): Promise<string> {
  const code = async () => /^(\d{6}) is your code/.exec((await mailsTo(request, stack, email))[0]?.subject ?? '')?.[1] ?? '';
  await expect.poll(code, { timeout: 20_000 }).toMatch(/^\d{6}$/);
  return code();
}

/** The path of the link in the newest mail, once `count` mails have arrived. */
export async function linkIn(request: APIRequestContext, stack: Stack, email: string, count: number): Promise<string> {
  await expect.poll(async () => (await mailsTo(request, stack, email)).length, { timeout: 20_000 }).toBe(count);
  const [newest] = await mailsTo(request, stack, email);
  const link = /^http:\S+$/m.exec(newest?.text ?? '')?.[0] ?? '';
  expect(link.startsWith(`${stack.url}/reset#`)).toBe(true);
  return link.slice(stack.url.length);
}
