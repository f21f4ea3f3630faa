// An app that makes codes for signing in, by RFC 6238.
import { createHmac } from 'node:crypto';
import { expect } from '@playwright/test';
import { PASSWORD, type Person } from './person';

const STEP_SECONDS = 30;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function bytesOf(key: string): Buffer {
  const bits = [...key.replaceAll('-', '')].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** The code that the app of a key shows so many steps after the present one. */
export function codeOfApp(key: string, stepsLater = 0): string {
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000 / STEP_SECONDS) + stepsLater));
  const hash = createHmac('sha1', bytesOf(key)).update(step).digest();
  const offset = hash.readUInt8(hash.length - 1) & 0xf;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Sets a second factor up for a person who is signed in, without a page. */
export async function setUpByRequest(person: Person): Promise<void> {
  const headers = { Accept: 'application/json' };
  const post = async (endpoint: string, form: Record<string, string>): Promise<void> => {
    const response = await person.page.request.post(`/rpc/${endpoint}`, { form, headers });
    expect(response.status()).toBe(200);
  };
  await post('begin_second_factor', { password: PASSWORD });
  const { set_up: setUp } = (await (await person.page.request.get('/rpc/my_second_factor', { headers })).json()) as { set_up: { key: string } };
  await post('confirm_second_factor', { code: codeOfApp(setUp.key) });
}
