/** Parties of claims and repairs over HTTP, with a real worker: registered, paid, in service, on one test clock. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Answered, Live } from './live.ts';

export interface Party {
  readonly id: string;
  readonly token: string;
  readonly number: string;
}

type Role = 'manufacturer' | 'customer' | 'serviceCenter';

/** Until something is so: what a command leads to comes in its own time. */
export async function eventually<T>(what: string, read: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
  const giveUpAt = performance.now() + 30_000;
  for (;;) {
    const value = await read();
    if (isSo(value)) return value;
    if (performance.now() > giveUpAt) throw new Error(`${what} never came: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

export function useParties(live: Live, clock: string) {
  const operator = () => live.config.operatorKey;

  async function told(method: 'POST' | 'PUT', path: string, as: string, body: object, key?: string): Promise<Answered> {
    const reply = await live.call(method, path, { as, body, ...(key === undefined ? {} : { key }) });
    expect(reply.status, `${path}: ${reply.text}`).toBeLessThan(300);
    return reply.body;
  }

  /** Prices for who pays, and the clock. */
  async function open(at: string): Promise<void> {
    await told('POST', '/clocks', operator(), { name: clock, at });
    const editions = ['standard', 'professional', 'enterprise'].map((edition) => ({ role: 'manufacturer', edition }));
    for (const plan of [...editions, { role: 'serviceCenter' }]) {
      const list = { ...plan, currency: 'CNY', yearlyAmount: 100_000, effectiveFrom: '2026-01-01T00:00:00.000Z' };
      await told('POST', '/price-lists', operator(), list);
    }
  }

  /** A party in service. */
  async function join(role: Role, name = 'Sample Tools Ltd.', edition = 'professional'): Promise<Party> {
    const registered = await told('POST', '/accounts', 'none', {
      role,
      ...(role === 'manufacturer' ? { edition } : {}),
      clock,
      organisation: { name, address: '12 Example Street, Tianjin 300000' },
      contact: { name: 'Li Example', email: `${randomUUID()}@repairs.example`, phone: '+86 22 5555 0100' },
    });
    const { accountId: id, token } = registered as { accountId: string; token: string };
    const account = () => live.call('GET', `/accounts/${id}`, { as: token });
    await eventually('the contract', account, ({ status }) => status === 200);
    await told('POST', `/accounts/${id}/confirmation`, token, registered['agreement'] as object);
    await told('POST', `/accounts/${id}/verification`, operator(), { outcome: 'verified' });
    if (role !== 'customer') {
      const { body: ordered } = await eventually('the order', account, (one) => (one.body['orders'] as []).length > 0);
      const { reference } = (ordered['orders'] as { reference: string }[])[0]!;
      const transfer = { bankTransactionId: randomUUID(), amount: 100_000, currency: 'CNY', bookedOn: '2027-05-31' };
      await told('POST', '/receipts', operator(), { ...transfer, reference, clock });
    }
    // The account's row is read before its contract: in between the number may come.
    const isActive = ({ body }: { body: Answered }) =>
      (body['tags'] as string[]).includes('service') && body['accountNumber'] !== null;
    const active = await eventually('service', account, isActive);
    return { id, token, number: String(active.body['accountNumber']) };
  }

  const act = (party: Party, path: string, body: object = {}, key?: string) =>
    told('POST', `/accounts/${party.id}/${path}`, party.token, body, key);
  const read = (party: Party, path: string) => live.call('GET', `/accounts/${party.id}/${path}`, { as: party.token });

  return { told, open, join, act, read, operator };
}
