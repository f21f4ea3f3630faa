// Checks of the HTML that the server sends, by the Nu Html Checker, which the W3C's validator runs.
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { Person } from './person';
import { expect } from './test';

const CHECKER = fileURLToPath(new URL('../../node_modules/vnu-jar/build/dist/vnu.jar', import.meta.url));
const FOLDER = `${process.env.GITTIX_DATA}/html`;

/** Leptos marks where the parts of a view end, in a form that is not quite a comment. Every parser takes it for one. */
const MARKER = /<!>/g;

/** The role is needed where the style removes the marks of a list: Safari then takes it for no list. */
const ROLE_OF_A_LIST = /^The “list” role is unnecessary for element “[uo]l”\.$/;

/**
 * Faults that are known and not mended yet. They are mended here, so that they hide no others. One that is on no page
 * any more fails the check until it is deleted from this list.
 */
const KNOWN_FAULTS: { fault: string; pattern: RegExp; mended: string }[] = [];

/** Keeps the HTML of a page for `findings`, as the server sends it. */
export async function keepHtml(person: Person, name: string, path: string, status = 200): Promise<void> {
  const response = await person.page.request.get(path, { headers: { Accept: 'text/html' } });
  expect(response.status(), name).toBe(status);
  keep(name, await response.text());
}

/** Sends a form that the server refuses, as a browser without JavaScript does, and keeps the page that it leads back to. */
export async function keepRefused(person: Person, name: string, path: string, endpoint: string, form: Record<string, string>): Promise<void> {
  const { request } = person.page;
  const page = await request.get(path);
  const response = await request.post(`/rpc/${endpoint}`, { form, headers: { Accept: 'text/html', Referer: page.url() } });
  const html = await response.text();
  expect(html, name).toContain('role="alert"');
  keep(name, html);
}

function keep(name: string, html: string): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}/${name}.html`, html.replace(MARKER, ''));
}

/** The names of the pages that are kept. */
export function keptPages(): string[] {
  return readdirSync(FOLDER).filter((file) => file.endsWith('.html'));
}

interface Message {
  url: string;
  lastLine: number;
  message: string;
  extract?: string;
}

/** What the checker finds in the kept pages, one line each, and which known faults are on none of them. One start of Java for all. */
export async function findings(): Promise<string[]> {
  const pages = keptPages();
  const seen = new Set<string>();
  for (const page of pages) {
    let html = readFileSync(`${FOLDER}/${page}`, 'utf8');
    for (const { fault, pattern, mended } of KNOWN_FAULTS) {
      const before = html;
      html = html.replace(pattern, mended);
      if (html !== before) seen.add(fault);
    }
    writeFileSync(`${FOLDER}/${page}`, html);
  }
  const gone = KNOWN_FAULTS.filter(({ fault }) => !seen.has(fault)).map(({ fault }) => `no longer a fault, so delete it from KNOWN_FAULTS: ${fault}`);
  const args = ['-jar', CHECKER, '--format', 'json', '--no-langdetect', '--exit-zero-always', '--stdout', ...pages.map((page) => `${FOLDER}/${page}`)];
  const { stdout } = await promisify(execFile)('java', args, { maxBuffer: 64 * 1024 * 1024 });
  const { messages } = JSON.parse(stdout) as { messages: Message[] };
  const found = messages.filter(({ message }) => !ROLE_OF_A_LIST.test(message));
  return [...gone, ...found.map(({ url, lastLine, message, extract }) => `${url.replace(/.*\//, '')}:${lastLine}: ${message} ${extract ?? ''}`)];
}
