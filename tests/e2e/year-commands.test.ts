import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noticeBefore } from '../../dev/demo/expected-dates.ts';
import {
  Contracts,
  eventually,
  hoursAfter,
  registration,
  startProduct,
  transfer,
  type AccountAnswer,
  type Caller,
  type CommandAnswer,
  type Holder,
  type OrderAnswer,
  type ProblemBody,
  type Product,
  type ReceiptAnswer,
  type Registered,
} from '../support/http.ts';
import { rowsOf } from '../support/traces.ts';

const START = '2032-01-12T02:00:00.000Z';

let product: Product;
let contracts: Contracts;
beforeAll(async () => {
  product = await startProduct();
  contracts = new Contracts(product);
  await contracts.setPrices();
});
afterAll(() => product?.close());

describe('a read right after a command', () => {
  it('sees it, 1,000 times of 1,000 [U1]', async () => {
    const accounts = 10;
    const complete = information('12 Example Street, Tianjin');
    const without = information();
    const holders = await Promise.all(Array.from({ length: accounts }, () => contracts.register()));
    const seen = await Promise.all(holders.map((holder) => correctOften(holder, 1000 / accounts)));
    expect(seen.reduce((sum, count) => sum + count, 0)).toBe(1000);

    /** Leaves the address out and gives it again, by turns; counts the reads that saw what was just said. */
    async function correctOften({ as, path }: Holder, times: number): Promise<number> {
      let count = 0;
      for (let n = 0; n < times; n += 1) {
        const told = n % 2 === 0 ? without : complete;
        const { sequence } = await as.put<CommandAnswer>(`${path}/information`, told);
        const account = await as.get<AccountAnswer>(path);
        const missing = n % 2 === 0 ? ['address'] : [];
        const sees = account.sequence >= sequence && account.missingInformation.join() === missing.join();
        if (sees) count += 1;
      }
      return count;
    }
  }, 240_000);
});

describe('a command that is sent eleven times with one key', () => {
  it('is done once and answered alike, in every step of a contract [C6, R2, R3, V5]', async () => {
    const { operator, anyone } = product;
    const clock = `often-${randomUUID()}`;
    await often(
      operator,
      'POST',
      '/clocks',
      { name: clock, at: START },
      { same: ({ name, at }) => [name, at], other: { name: `${clock}-2`, at: START } },
    );

    const body = registration({ clock });
    const registered = await often<Registered>(anyone, 'POST', '/accounts', body, {
      same: ({ accountId, token }) => [accountId, token],
      other: { ...body, contact: { name: 'Somebody Else' } },
    });
    const holder = contracts.holder(registered);
    const { as, path } = holder;
    await eventually('the contract', async () => (await contracts.account(holder)).sequence > 0);
    const corrected = { organisation: { name: 'A', address: 'B' }, contact: { name: 'C', email: 'c@d.example' } };
    await often(as, 'PUT', `${path}/information`, corrected, { other: { ...corrected, contact: { name: 'E' } } });
    const { version, textHash } = registered.agreement;
    await often(as, 'POST', `${path}/confirmation`, { version, textHash });
    const rejected = { outcome: 'rejected', fields: ['address'] };
    await often(operator, 'POST', `${path}/verification`, rejected, { other: { outcome: 'verified' } });
    await as.put(`${path}/information`, corrected);
    await often(operator, 'POST', `${path}/verification`, { outcome: 'verified' }, { other: rejected });
    const order = await eventually('the order', async () => (await contracts.account(holder)).orders[0]);

    const lost = transfer({ amount: order.total, clock });
    const { receiptId } = await often<ReceiptAnswer>(operator, 'POST', '/receipts', lost, {
      same: (receipt) => receipt.receiptId,
    });
    expect(await contracts.decided(receiptId)).toMatchObject({ state: 'unapplied', reason: 'noReference' });
    const { reference } = order;
    await often(operator, 'POST', `/receipts/${receiptId}/assignment`, { reference }, { same: sequenceOf });
    await eventually('the activation', async () => (await contracts.account(holder)).term !== null);

    const { term } = await contracts.account(holder);
    const to = hoursAfter(noticeBefore(term!.endsAt), 2);
    await often(
      operator,
      'POST',
      `/clocks/${clock}/advance`,
      { to },
      {
        same: ({ name, at }) => [name, at],
        other: { to: hoursAfter(to, 1) },
      },
    );
    const refused = { outcome: 'rejected', reason: 'withdrawn' };
    const first = { body: { years: 1 }, key: randomUUID() };
    const apply = () => as.request<{ order: OrderAnswer }>('POST', `${path}/renewals`, first);
    const withdrawn = (await apply()).body.order;
    await often(operator, 'POST', `${path}/renewals/${withdrawn.n}/verification`, refused, {
      other: { outcome: 'verified' },
    });
    const { order: renewal } = await often<CommandAnswer & { order: OrderAnswer }>(
      as,
      'POST',
      `${path}/renewals`,
      { years: 1 },
      {
        same: (answer) => [answer.sequence, answer.order.orderId],
        other: { years: 2 },
      },
    );
    expect(renewal.n).toBe(withdrawn.n + 1);
    expect((await apply()).body.order).toMatchObject({ n: withdrawn.n, status: 'cancelled' });
    const verification = `${path}/renewals/${renewal.n}/verification`;
    await often(operator, 'POST', verification, { outcome: 'verified' }, { other: refused });
    await contracts.paid(renewal);
    await eventually('the extension', async () => (await contracts.account(holder)).term!.years === 2);

    const stray = await contracts.receipt({ amount: 500, clock });
    await often(operator, 'POST', `/receipts/${stray.receiptId}/refund`, {}, { same: sequenceOf });
    const back = { bankTransactionId: 'BACK-1' };
    await often(operator, 'POST', `/receipts/${stray.receiptId}/refund/confirmation`, back, {
      same: sequenceOf,
      other: { bankTransactionId: 'BACK-2' },
    });
    await often(as, 'POST', `${path}/termination`, {});

    const counts = await rowsOf<Record<string, string>>(
      product,
      `select (select count(*) from confirmations where account_id = $1) as confirmations,
              (select count(*) from orders where account_id = $1) as orders,
              (select count(*) from order_allocations where account_id = $1) as allocations,
              (select count(*) from service_terms where account_id = $1) as terms,
              (select count(*) from statements where account_id = $1) as statements,
              (select count(*) from receipts where account_id = $1) as receipts`,
      [holder.accountId],
    );
    expect(counts).toEqual([
      { confirmations: '1', orders: '3', allocations: '2', terms: '2', statements: '1', receipts: '2' },
    ]);
    const { notices } = await eventually('the statement', async () => {
      const account = await contracts.account(holder);
      return account.notices.some(({ kind }) => kind === 'windDownStatement') && account;
    });
    expect(notices.map(({ kind }) => kind).toSorted()).toEqual([
      'activated',
      'renewalNotice',
      'renewed',
      'windDownStatement',
    ]);
    const causes = await rowsOf<{ type: string; count: string }>(
      product,
      `select cause->>'type' as type, count(*) from audit, jsonb_array_elements(causes) as cause
       where instance = $1 and cause->>'kind' = 'event' group by 1 order by 1`,
      [`subscription-${holder.accountId}`],
    );
    expect(Object.fromEntries(causes.map(({ type, count }) => [type, Number(count)]))).toEqual({
      'agreement.confirmed': 1,
      'information.provided': 2,
      'information.rejected': 1,
      'information.verified': 1,
      'receipt.received': 2,
      'renewal.rejected': 1,
      'renewal.requested': 2,
      'renewal.verified': 1,
      'termination.requested': 1,
    });
  }, 120_000);

  it('is done once where the operator publishes something [A6, C8, E3]', async () => {
    const { operator, anyone } = product;
    const price = {
      role: 'serviceCenter',
      currency: 'EUR',
      yearlyAmount: 7,
      effectiveFrom: '2090-01-01T00:00:00.000Z',
    };
    await often(operator, 'POST', '/price-lists', price, { other: { ...price, yearlyAmount: 8 } });
    const posted = { title: 'Office closed', text: 'From 1 to 7 October.' };
    await often(operator, 'POST', '/announcements', posted, { other: { ...posted, text: 'Until 8 October.' } });
    const version = {
      version: 'later',
      text: 'Another text.',
      counterparty: { id: 'company', name: 'Example' },
      bankAccount: { receivingUnit: 'Example', bank: 'Example', accountNumber: '0' },
      effectiveAt: '2090-01-01T00:00:00.000Z',
    };
    await often(operator, 'POST', '/agreements', version);
    const lists = await operator.get<{ currency: string }[]>('/price-lists');
    expect(lists.filter(({ currency }) => currency === 'EUR')).toHaveLength(1);
    const announced = await anyone.get<{ kind: string }[]>('/announcements');
    expect(announced.map(({ kind }) => kind).toSorted()).toEqual(['agreementPublished', 'announcement']);
  });
});

function information(address?: string) {
  return {
    organisation: { name: 'Sample Power Tools Ltd.', ...(address === undefined ? {} : { address }) },
    contact: { name: 'Li Example', email: 'li@tools.example' },
  };
}

const sequenceOf = ({ sequence }: CommandAnswer): number => sequence;

/**
 * Sends a command ten times at once and once more after that, all with one key: all answers are the same. With another
 * body the key is refused.
 */
async function often<T = Record<string, unknown>>(
  from: Caller,
  method: string,
  path: string,
  body: unknown,
  { same = (answer) => answer, other }: { same?: (answer: T) => unknown; other?: unknown } = {},
): Promise<T> {
  const key = randomUUID();
  const send = (sent: unknown) => from.request<T & ProblemBody>(method, path, { body: sent, key });
  const answers = await Promise.all(Array.from({ length: 10 }, () => send(body)));
  answers.push(await send(body));
  const refused = answers.filter(({ status }) => status >= 300);
  expect(
    refused.map(({ status, body: problem }) => [status, problem.type, problem.detail]),
    path,
  ).toEqual([]);
  expect([...new Set(answers.map((answer) => JSON.stringify(same(answer.body))))], path).toHaveLength(1);
  if (other !== undefined) {
    const reused = await send(other);
    expect([reused.status, reused.body.type], path).toEqual([422, '/problems/idempotency-key-reused']);
  }
  return answers[0]!.body;
}
