// A mail server for development and tests: it takes every mail, delivers none, keeps the last of them
// in memory, and shows them on a page and as JSON, also as they were sent. Reached from this machine alone.
//
//   MAIL_PORT     SMTP
//   MAIL_UI_PORT  /                the mails, newest first
//                 /api/mails?to=…  the same as JSON: { id, to, from, subject, text, html, at, ehlo, raw }
//                 /mails/ID.eml    one as it was sent
//                 /mails/ID.html   its HTML, as a mail program shows it
//                 /healthz
import { createServer } from 'node:http';

import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

const HOST = '127.0.0.1';
const KEPT = 200;
const MAX_BYTES = 256 * 1024;

/** @type {{ id: number, to: string[], from: string, subject: string, text: string, html: string, at: string, ehlo: string, raw: string }[]} */
const mails = [];
let received = 0;

/** The bytes of a mail. @param {import('node:stream').Readable} stream */
async function bytes(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const smtp = new SMTPServer({
  banner: 'GitTix mail catcher',
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  size: MAX_BYTES,
  logger: false,
  onData(stream, session, done) {
    keep(stream, session).then(() => done(), done);
  },
});
// A client that goes in the middle of a mail is no reason to end; a port that is taken is.
smtp.on('error', (error) => {
  console.error(`mail catcher: ${error.message}`);
  if (error.code === 'EADDRINUSE') process.exit(1);
});

async function keep(stream, session) {
  const sent = await bytes(stream);
  const { subject = '', text = '', html } = await simpleParser(sent);
  const { mailFrom, rcptTo } = session.envelope;
  mails.unshift({
    id: (received += 1),
    to: rcptTo.map(({ address }) => address),
    from: mailFrom ? mailFrom.address : '',
    subject,
    text,
    html: html || '',
    at: new Date().toISOString(),
    ehlo: session.hostNameAppearsAs,
    raw: sent.toString(),
  });
  mails.length = Math.min(mails.length, KEPT);
}

const escaped = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const withLinks = (text) => escaped(text).replace(/https?:\/\/[^\s&]+/g, (url) => `<a href="${url}" rel="noreferrer">${url}</a>`);

function page() {
  const list = mails.map(
    ({ id, to, subject, text, at, ehlo, raw }) =>
      `<article><h2>${escaped(subject)}</h2><p>To ${escaped(to.join(', '))}, ${at}</p><pre>${withLinks(text)}</pre>
<details><summary>As sent</summary><p>By ${escaped(ehlo)}. <a href="/mails/${id}.eml">The file</a>, <a href="/mails/${id}.html">its HTML</a></p><pre>${escaped(raw)}</pre></details></article>`,
  );
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Mails caught</title><meta name="color-scheme" content="light dark">
<style>body{font:1rem/1.5 system-ui;max-width:45rem;margin:2rem auto;padding:0 1rem}article{border-top:1px solid}pre{white-space:pre-wrap;overflow-wrap:anywhere}</style>
</head><body><h1>Mails caught</h1>${list.join('') || '<p>None yet. Load the page again when one should have come.</p>'}</body></html>`;
}

const ui = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', `http://${HOST}`);
  const answer = (status, type, body) => response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(body);
  if (request.method !== 'GET') return answer(405, 'text/plain', 'only GET\n');
  if (pathname === '/') return answer(200, 'text/html; charset=utf-8', page());
  if (pathname === '/healthz') return answer(200, 'text/plain', 'ok\n');
  if (pathname === '/api/mails') {
    const to = searchParams.get('to')?.toLowerCase();
    const found = to === undefined ? mails : mails.filter((mail) => mail.to.some((address) => address.toLowerCase() === to));
    return answer(200, 'application/json', JSON.stringify(found));
  }
  const shown = /^\/mails\/(\d+)\.html$/.exec(pathname);
  const laidOut = shown && mails.find(({ id }) => id === Number(shown[1]));
  if (laidOut) return answer(200, 'text/html; charset=utf-8', laidOut.html);
  const file = /^\/mails\/(\d+)\.eml$/.exec(pathname);
  const mail = file && mails.find(({ id }) => id === Number(file[1]));
  if (mail) return answer(200, 'text/plain; charset=utf-8', mail.raw);
  return answer(404, 'text/plain', 'nothing here\n');
});

const [mailPort, uiPort] = [Number(process.env.MAIL_PORT), Number(process.env.MAIL_UI_PORT)];
if (!mailPort || !uiPort) throw new Error('MAIL_PORT and MAIL_UI_PORT must be set');
smtp.listen(mailPort, HOST);
ui.listen(uiPort, HOST, () => console.log(`mail catcher: SMTP on ${HOST}:${mailPort}, mails on http://${HOST}:${uiPort}`));
