// The payments of the simulator's own page, with buttons for what a cardholder's bank does about them.
const SHOWN = 20;
/** What each button does, by the last part of its address, while the dispute has one of these statuses. */
const ACTS = [
  ['warned', 'Warn of fraud', [null]],
  ['inquired', 'Ask', [null]],
  ['disputed', 'Dispute', [null, 'warning_needs_response', 'warning_closed']],
  ['answered', 'Answer', ['needs_response']],
  ['won', 'Win', ['warning_needs_response', 'needs_response', 'under_review']],
  ['lost', 'Lose', ['needs_response', 'under_review']],
];

const rows = document.getElementById('payments');
const status = document.getElementById('payments-status');

function cell(content) {
  const td = document.createElement('td');
  td.append(content);
  return td;
}

function button(payment, act, label) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = label;
  made.setAttribute('aria-label', `${label}: ${payment.id}`);
  made.addEventListener('click', async () => {
    const answer = await fetch(`/_sim/payments/${payment.id}/${act}`, { method: 'PUT' });
    status.textContent = answer.ok ? `${label}: done.` : `${label}: not possible now (${answer.status}).`;
    await show();
  });
  return made;
}

async function show() {
  const books = await (await fetch('/_sim/books')).json();
  const paid = books.payments.filter(({ captured }) => captured > 0).slice(0, SHOWN);
  rows.replaceChildren(
    ...paid.map((payment) => {
      const row = document.createElement('tr');
      const buttons = document.createElement('span');
      buttons.className = 'buttons';
      for (const [act, label, statuses] of ACTS) {
        if (statuses.includes(payment.dispute)) buttons.append(button(payment, act, label), ' ');
      }
      const amount = `${(payment.captured / 100).toFixed(2)} ${payment.currency}`;
      row.append(cell(payment.id), cell(amount), cell(payment.dispute ?? 'none'), cell(buttons));
      return row;
    }),
  );
  if (paid.length === 0) status.textContent = 'Nothing is paid yet.';
}

show().catch((error) => {
  status.textContent = `The payments were not read: ${error.message}`;
});
