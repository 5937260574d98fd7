/**
 * One contract's whole life through the API, stage by stage: registered, paid in two transfers, noticed, renewed, noticed
 * again, overdue, erased. The same calls whether the product is disturbed meanwhile or not.
 */
import { type Api, eventually, Refused } from './api.ts';

export const PRICE = 1_200_000;
/** What the second year's transfer is too much by: it becomes credit, and is owed back at the end. */
export const EXCESS = 5_000;
const CURRENCY = 'CNY';

export const stages = [
  'register',
  'confirm',
  'verify',
  'firstTransfer',
  'secondTransfer',
  'notice',
  'renewal',
  'renewalPaid',
  'secondNotice',
  'overdue',
  'erasure',
] as const;
export type Stage = (typeof stages)[number];

export interface Contract {
  readonly accountId: string;
  readonly token: string;
  readonly email: string;
  readonly clock: string;
}

interface Account {
  readonly tags: readonly string[];
  readonly agreement: { readonly confirmedAt: string | null };
  readonly term: { readonly endsAt: string; readonly years: number } | null;
  readonly orders: readonly { n: number; status: string; received: number; reference: string }[];
  readonly notices: readonly { kind: string; deliveredAt: string | null; deletesAt?: string | null }[];
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** What every life needs once: a clock and a price. Repeating it changes nothing. */
export async function prepare(api: Api, clock: string, startsAt: string): Promise<void> {
  await api.send('POST', '/clocks', { name: clock, at: startsAt }, `clock-${clock}`);
  await api.send(
    'POST',
    '/price-lists',
    {
      role: 'manufacturer',
      edition: 'professional',
      currency: CURRENCY,
      yearlyAmount: PRICE,
      effectiveFrom: '2026-01-01T00:00:00.000Z',
    },
    'price-list-1',
  );
}

/**
 * Lives it. Each stage ends when what it causes can be read.
 *
 * @param name tells contracts apart: all keys and the address follow from it
 * @param around is given each stage and does it, or something around it
 * @param last the stage after which to stop
 * @returns the contract after its last stage
 */
export async function live(
  api: Api,
  clock: string,
  name: string,
  around: (stage: Stage, act: () => Promise<void>, contract: Contract | undefined) => Promise<void> = (_, act) => act(),
  moveClock: (to: string) => Promise<void> = (to) => advance(api, clock, to),
  last: Stage = 'erasure',
): Promise<Contract> {
  const email = `${name}@crash.example`;
  let contract: Contract | undefined;
  const known = (): Contract => {
    if (!contract) throw new Error('Nobody is registered yet');
    return contract;
  };
  const key = (what: string): string => `${name}.${what}`;
  const path = (rest = ''): string => `/accounts/${known().accountId}${rest}`;
  const account = (): Promise<Account> => api.get<Account>(path(), known().token);
  const when = (what: string, isSo: (account: Account) => boolean): Promise<void> =>
    eventually(`${name}: ${what}`, async () => isSo(await account()));
  const has =
    (kind: string, times = 1) =>
    (one: Account): boolean =>
      one.notices.filter((notice) => notice.kind === kind && notice.deliveredAt !== null).length >= times;
  const pay = async (n: number, amount: number, what: string): Promise<void> => {
    const { orders } = await account();
    const reference = orders.find((order) => order.n === n)?.reference;
    const body = { bankTransactionId: key(what), amount, currency: CURRENCY, bookedOn: '2027-03-01', reference, clock };
    await api.send('POST', '/receipts', body, key(what));
  };
  const expiry = async (): Promise<number> => Date.parse((await account()).term?.endsAt ?? '');
  const moveTo = (instant: number): Promise<void> => moveClock(new Date(instant).toISOString());
  let agreement = { version: '', textHash: '' };

  const acts: Record<Stage, () => Promise<void>> = {
    register: async () => {
      const body = {
        role: 'manufacturer',
        edition: 'professional',
        clock,
        organisation: { name: 'Sample Power Tools Ltd.', address: '12 Example Street, Tianjin' },
        contact: { name: 'Li Example', email, phone: '+86 22 5555 0100' },
      };
      const registered = await api.send<Contract & { agreement: typeof agreement }>(
        'POST',
        '/accounts',
        body,
        key('register'),
      );
      agreement = registered.agreement;
      contract = { accountId: registered.accountId, token: registered.token, email, clock };
      await when('the contract starts', (one) => one.tags.includes('readable'));
    },
    confirm: async () => {
      await api.send('POST', path('/confirmation'), agreement, key('confirm'), known().token);
      await when('confirmed', (one) => one.agreement.confirmedAt !== null);
    },
    verify: async () => {
      await api.send('POST', path('/verification'), { outcome: 'verified' }, key('verify'));
      await when('ordered', (one) => one.orders.some((order) => order.n === 1 && order.status === 'open'));
    },
    firstTransfer: async () => {
      await pay(1, PRICE - 1000, 'transfer-1');
      await when('paid in part', (one) => one.orders.some((order) => order.received === PRICE - 1000));
    },
    secondTransfer: async () => {
      await pay(1, 1000, 'transfer-2');
      await when('active', (one) => one.tags.includes('service') && has('activated')(one));
    },
    notice: async () => {
      await moveTo((await expiry()) - 90 * DAY_MS + HOUR_MS);
      await when('noticed', has('renewalNotice'));
    },
    renewal: async () => {
      await api.send('POST', path('/renewals'), { years: 1 }, key('renewal'), known().token);
      await when('renewal ordered', (one) => one.orders.some((order) => order.n === 2));
    },
    renewalPaid: async () => {
      await pay(2, PRICE + EXCESS, 'transfer-3');
      await when('renewal paid', (one) => one.orders.some((order) => order.n === 2 && order.status === 'paid'));
      await api.send('POST', path('/renewals/2/verification'), { outcome: 'verified' }, key('renewal-verified'));
      await when('renewed', (one) => one.term?.years === 2 && has('renewed')(one));
    },
    secondNotice: async () => {
      await moveTo((await expiry()) - 90 * DAY_MS + HOUR_MS);
      await when('noticed again', has('renewalNotice', 2));
    },
    overdue: async () => {
      await moveTo((await expiry()) + HOUR_MS);
      await when('overdue', (one) => one.tags.includes('overdue') && has('overdueWarning')(one));
    },
    erasure: async () => {
      await moveTo((await expiry()) + 9 * DAY_MS);
      await eventually(`${name}: erased`, () => isGone(api, path(), known().token));
    },
  };
  for (const stage of stages.slice(0, stages.indexOf(last) + 1)) await around(stage, acts[stage], contract);
  return known();
}

/** Moves a clock, however often the call has to be repeated. */
export async function advance(api: Api, clock: string, to: string): Promise<void> {
  await api.send('POST', `/clocks/${clock}/advance`, { to }, `to-${clock}-${to}`);
}

/** The account is refused from its fence on; its erasure is over when the certificate is there. */
async function isGone(api: Api, path: string, token: string): Promise<boolean> {
  try {
    await api.get(path, token);
    return false;
  } catch (error) {
    if (error instanceof Refused) return error.certificate !== undefined;
    throw error;
  }
}
