/** The bank's webhook: signature over the raw body, time stamp, two secrets, and each transfer once. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bankSignature } from '../../api/bank-signature.ts';
import { makeReference } from '../../machines/reference.ts';
import { OPERATOR_KEY, SECRETS, useApi } from './fixture.ts';

const api = useApi();

const transfer = (changes: object = {}) => ({
  id: `BOC-${randomUUID()}`,
  amount: 1_200_000,
  currency: 'CNY',
  bookedOn: '2026-05-03',
  ...changes,
});

async function tell(body: unknown, options: { secret?: string; at?: Date; signature?: string; text?: string } = {}) {
  const text = options.text ?? JSON.stringify(body);
  const signature =
    options.signature ?? bankSignature(text, options.secret ?? SECRETS[0], (options.at ?? api.now).getTime());
  const reply = await api.app.inject({
    method: 'POST',
    url: '/webhooks/bank',
    headers: { 'content-type': 'application/json', 'bank-signature': signature },
    payload: text,
  });
  return {
    status: reply.statusCode,
    body: reply.json<{ receipts: { receiptId: string; outcome: string }[] } & { [name: string]: unknown }>(),
  };
}

describe('the bank’s webhook', () => {
  it('takes transfers signed under either secret [C6]', async () => {
    for (const secret of SECRETS) {
      const { status, body } = await tell({ transactions: [transfer()] }, { secret });
      expect(status).toBe(200);
      expect(body.receipts).toMatchObject([{ outcome: 'accepted' }]);
    }
  });

  it('refuses what is not signed, signed under another secret, changed, or more than five minutes off', async () => {
    const minutes = (n: number) => new Date(api.now.getTime() + n * 60_000);
    const body = { transactions: [transfer()] };
    const signature = bankSignature(JSON.stringify(body), SECRETS[0], api.now.getTime());
    const refusals = [
      await tell(body, { signature: '' }),
      await tell(body, { signature: 'v1=00' }),
      await tell(body, { secret: 'some-other-bank-secret' }),
      await tell(body, { text: `${JSON.stringify(body)} `, signature }),
      await tell(body, { at: minutes(-5.1) }),
      await tell(body, { at: minutes(5.1) }),
    ];
    for (const refusal of refusals) {
      expect(refusal.status).toBe(401);
      expect(refusal.body).toMatchObject({ type: '/problems/bad-signature', field: 'Bank-Signature' });
    }
    expect((await tell(body, { at: minutes(-4.9) })).status).toBe(200);
  });

  it('does not look into a body before its signature is found valid', async () => {
    expect((await tell(null, { text: '{not json', signature: 't=1,v1=00' })).status).toBe(401);
    const malformed = await tell(null, { text: '{not json' });
    expect(malformed.body).toMatchObject({ status: 400, field: 'body' });
  });

  it('counts a transfer once, told twenty times at once, and by the operator as well [C6]', async () => {
    const one = transfer();
    const replies = await Promise.all(Array.from({ length: 20 }, () => tell({ transactions: [one] })));
    expect(replies.flatMap(({ body }) => body.receipts.map(({ outcome }) => outcome)).toSorted()).toEqual([
      'accepted',
      ...Array<string>(19).fill('known'),
    ]);
    const { id, ...rest } = one;
    const byHand = await api.call('POST', '/receipts', { as: OPERATOR_KEY, body: { bankTransactionId: id, ...rest } });
    expect(byHand.status).toBe(200);
    expect(byHand.body['receiptId']).toBe(replies[0]?.body.receipts[0]?.receiptId);
    const rows = await api.db.selectFrom('receipts').selectAll().where('bank_transaction_id', '=', id).execute();
    expect(rows).toHaveLength(1);
    const started = await api.db
      .selectFrom('outbox')
      .selectAll()
      .where('receiver', '=', `receipt-${rows[0]?.id}`)
      .execute();
    expect(started).toHaveLength(1);
  });

  it('keeps a known transfer as it is when it is told with another amount', async () => {
    const one = transfer();
    await tell({ transactions: [one] });
    const again = await tell({ transactions: [{ ...one, amount: 5 }, transfer()] });
    expect(again.body.receipts.map(({ outcome }) => outcome)).toEqual(['conflict', 'accepted']);
    const { id, ...rest } = one;
    const byHand = await api.call('POST', '/receipts', {
      as: OPERATOR_KEY,
      body: { bankTransactionId: id, ...rest, currency: 'EUR' },
    });
    expect(byHand.body).toMatchObject({ status: 409, type: '/problems/transaction-differs' });
    expect(byHand.body['detail']).toContain(`of ${one.amount} in minor units of ${one.currency}`);
    const slip = await api.call('POST', '/receipts', {
      as: OPERATOR_KEY,
      body: { bankTransactionId: `${id}-2`, ...rest, currency: 'RMB' },
    });
    expect(slip.body).toMatchObject({ status: 400, field: '/currency' });
    expect(slip.body['detail']).toContain('ISO 4217');
  });

  it('reads the reference from the text and keeps text and payer in the vault alone', async () => {
    const reference = makeReference(Uint8Array.from({ length: 12 }, (_, index) => index * 7));
    const spaced = reference.replace(/(.{4})/g, '$1 ');
    const { body } = await tell({
      transactions: [transfer({ text: `Fee ${spaced} from Wombat`, payer: 'Quokka Ltd.' })],
    });
    const id = body.receipts[0]?.receiptId ?? '';
    const row = await api.db.selectFrom('receipts').selectAll().where('id', '=', id).executeTakeFirst();
    expect(row).toMatchObject({ reference, source: 'bank', amount: 1_200_000, state: 'received' });
    const message = await api.db
      .selectFrom('outbox')
      .selectAll()
      .where('receiver', '=', `receipt-${id}`)
      .executeTakeFirst();
    expect(JSON.stringify([row, message])).not.toMatch(/Wombat|Quokka/);
    const shown = await api.call('GET', `/receipts/${id}`, { as: OPERATOR_KEY });
    expect(shown.body).toMatchObject({ transfer: { payer: 'Quokka Ltd.' } });
  });
});
