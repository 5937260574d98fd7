/** The order page [C3]: what is to be paid, until when, to whom, and under which reference. */
import { printedReference } from '../../machines/reference.ts';
import type { OrderPage } from '../order-page.ts';
import { dateTime, deadline, html, money, page, rows } from './html.ts';
import type { Html } from './html.ts';

const statusWords = {
  open: 'Waiting for payment',
  partlyPaid: 'Partly paid',
  paid: 'Paid',
  cancelled: 'Cancelled',
  lapsed: 'Lapsed',
} as const;
const kindWords = { registration: 'Registration', renewal: 'Renewal', upgrade: 'Upgrade' } as const;

function bought({ kind, years, unitPrice, currency }: OrderPage): string {
  const price = money(unitPrice, currency);
  if (kind === 'upgrade') return `the rest of the term, at a difference of ${price} a year`;
  return `${years} ${years === 1 ? 'year' : 'years'} at ${price} each`;
}

/** Only while money is awaited: what comes for an order that is over is kept unapplied [C6]. */
function howToPay({ bankAccount, reference }: OrderPage): Html {
  return html`<h2>Pay by bank transfer</h2>
    ${rows(
      ['Receiving unit', bankAccount.receivingUnit],
      ['Bank', bankAccount.bank],
      ['Account number', bankAccount.accountNumber],
      ['Payment reference', html`<span class="reference">${printedReference(reference)}</span>`],
    )}
    <p>
      Please write the payment reference into the text of the transfer. The right to use opens when the receipt is
      confirmed (§3).
    </p>`;
}

const endWords = {
  open: 'Nothing is left to be paid.',
  partlyPaid: 'Nothing is left to be paid.',
  paid: 'The order is paid: nothing is left to be paid.',
  cancelled: 'The order was withdrawn: please do not pay it.',
  lapsed: 'The order was not paid in time and has lapsed: please do not pay it any more. The edition stays as it was.',
} as const;

/** What was received for an order that comes to nothing is credit, or owed back [C6]. */
function whatBecame({ status, received, currency, reference }: OrderPage): Html {
  const isOff = status === 'cancelled' || status === 'lapsed';
  return html`<h2>What became of it</h2>
    <p>
      ${endWords[status]}
      ${isOff && received > 0 ? `The ${money(received, currency)} received is kept as credit, or paid back.` : null}
    </p>
    ${rows(['Payment reference', html`<span class="reference">${printedReference(reference)}</span>`])}`;
}

export function orderPage(order: OrderPage): string {
  const amount = (minorUnits: number) => money(minorUnits, order.currency);
  const isPayable = order.outstanding > 0;
  return page(
    `Order ${order.n} · ${statusWords[order.status]}`,
    html`<h1>Order ${order.n}: ${kindWords[order.kind].toLowerCase()}</h1>
      <p class="amount">${amount(order.total)}</p>
      ${rows(
        ['Status', statusWords[order.status]],
        ['Role', order.role],
        ['Edition', order.replaces === null ? order.edition : `${order.edition} instead of ${order.replaces}`],
        ['Bought', bought(order)],
        ['Promotion', order.promotion ?? 'none'],
        ['Tax', order.tax ?? 'none stated'],
        ['Received', amount(order.received)],
        ['Still to be paid', isPayable ? amount(order.outstanding) : null],
        ['Made', dateTime(order.issuedAt, order.timeZone)],
        ['Due', `${deadline(order.dueAt, order.timeZone)}${order.due === null ? '' : `, ${order.due}`}`],
      )}
      ${isPayable ? howToPay(order) : whatBecame(order)}
      <h2>Contracting party</h2>
      ${rows(['Name', order.counterparty.name], ['Address', order.counterparty.address])}
      <footer>Order ${order.orderId}</footer>`,
  );
}
