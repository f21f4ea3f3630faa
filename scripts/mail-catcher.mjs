// A mail server for development and tests: it takes every mail, delivers none, keeps the last of them
// in memory, and shows them on a page and as JSON. Reached from this machine alone.
//
//   MAIL_PORT     SMTP
//   MAIL_UI_PORT  /                the mails, newest first
//                 /api/mails?to=…  the same as JSON: { to, from, subject, text, at }
//                 /healthz
import { createServer } from 'node:http';

import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

const HOST = '127.0.0.1';
const KEPT = 200;
const MAX_BYTES = 256 * 1024;

/** @type {{ to: string[], from: string, subject: string, text: string, at: string }[]} */
const mails = [];

const smtp = new SMTPServer({
  banner: 'GitTix mail catcher',
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  size: MAX_BYTES,
  logger: false,
  onData(stream, session, done) {
    simpleParser(stream).then(({ subject = '', text = '' }) => {
      const { mailFrom, rcptTo } = session.envelope;
      const from = mailFrom ? mailFrom.address : '';
      mails.unshift({ to: rcptTo.map(({ address }) => address), from, subject, text, at: new Date().toISOString() });
      mails.length = Math.min(mails.length, KEPT);
      done();
    }, done);
  },
});
// A client that goes in the middle of a mail is no reason to end; a port that is taken is.
smtp.on('error', (error) => {
  console.error(`mail catcher: ${error.message}`);
  if (error.code === 'EADDRINUSE') process.exit(1);
});

const escaped = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const withLinks = (text) => escaped(text).replace(/https?:\/\/[^\s&]+/g, (url) => `<a href="${url}" rel="noreferrer">${url}</a>`);

function page() {
  const list = mails.map(
    ({ to, subject, text, at }) =>
      `<article><h2>${escaped(subject)}</h2><p>To ${escaped(to.join(', '))}, ${at}</p><pre>${withLinks(text)}</pre></article>`,
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
  return answer(404, 'text/plain', 'nothing here\n');
});

const [mailPort, uiPort] = [Number(process.env.MAIL_PORT), Number(process.env.MAIL_UI_PORT)];
if (!mailPort || !uiPort) throw new Error('MAIL_PORT and MAIL_UI_PORT must be set');
smtp.listen(mailPort, HOST);
ui.listen(uiPort, HOST, () => console.log(`mail catcher: SMTP on ${HOST}:${mailPort}, mails on http://${HOST}:${uiPort}`));
