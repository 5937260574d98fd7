/** The first year: three users register, two pay, and the manufacturer's money comes in two transfers, one with a wrong reference. */
import type { AgreementAnswer, CommandAnswer, OrderAnswer, ReceiptAnswer, Registered } from './answers.ts';
import { daysLater, daysSince, expiryAfter, firstOrderDue, localTime } from './expected-dates.ts';
import { StepMissing, type Actor, type Stage } from './stage.ts';

/** Prices of a year in fen. The demo's lists are the same in every run, so that runs do not disturb one another. */
const PRICE = { manufacturer: 1_200_000, serviceCenter: 600_000 };
const FIRST_TRANSFER = 500_000;
/** A digit is wrong: the check digits do not fit, so no reference is found in the text. */
const WRONG_REFERENCE = 'RF00 DEMO 0000 0000';

/** Terms that the expected dates are computed with; the first version of the agreement has them. */
const TERMS: Readonly<Record<string, unknown>> = {
  payingRoles: ['manufacturer', 'serviceCenter'],
  timeZone: 'Asia/Shanghai',
  termAnchor: 'activation',
  periodEnd: 'endOfDay',
  billingPeriod: 'P1Y',
  renewalNotice: 'P90D',
  overduePeriod: 'P7D',
  warningStands: 'P7D',
  noticeStands: 'P30D',
  registrationDue: 'P14D',
  windDown: 'P14D',
};

export interface Cast {
  readonly manufacturer: Actor;
  readonly serviceCenter: Actor;
  readonly customer: Actor;
  /** From which the manufacturer's years count. */
  readonly activatedAt: string;
}

export async function firstYear(stage: Stage): Promise<Cast> {
  const { operator, dayZero } = stage;
  const day = (n: number): string => daysLater(dayZero, n);

  await operator.post('/clocks', { name: stage.clock, at: localTime(day(-3), 9) });
  await setPrices(stage);

  const manufacturer = await register(stage, 'manufacturer', 'professional');
  const serviceCenter = await register(stage, 'serviceCenter');
  const customer = await register(stage, 'customer');
  for (const actor of [manufacturer, serviceCenter, customer]) await confirm(stage, actor);

  await stage.advance(localTime(day(-2), 10));
  await verifyCustomer(stage, customer);
  const order = await verifyPaying(stage, manufacturer, PRICE.manufacturer);
  const centerOrder = await verifyPaying(stage, serviceCenter, PRICE.serviceCenter);

  await stage.advance(localTime(day(-1), 11));
  const half = await stage.transfer(FIRST_TRANSFER, day(-1), `first half ${order.reference}`);
  stage.row(
    await stage.appliedAt(manufacturer, half),
    'Manufacturer’s first transfer, CNY 5,000.00: partly paid',
    'C6',
    'bank',
  );
  stage.check('the order is partly paid', (await stage.account(manufacturer)).orders[0]?.status, 'partlyPaid');

  const whole = await stage.transfer(PRICE.serviceCenter, day(-1), centerOrder.reference);
  await stage.until(
    'the service center is active',
    async () => (await stage.account(serviceCenter)).accountNumber !== null,
  );
  stage.row(
    await stage.appliedAt(serviceCenter, whole),
    'Service center pays CNY 6,000.00: active, account number assigned',
    'C1 C6 U2',
    'bank',
  );

  await stage.advance(localTime(dayZero, 9));
  const activatedAt = await payTheRest(stage, manufacturer, order);
  return { manufacturer, serviceCenter, customer, activatedAt };
}

async function setPrices({ operator, dayZero }: Stage): Promise<void> {
  const effectiveFrom = localTime(`${dayZero.slice(0, 4)}-02-01`, 0);
  const price = { currency: 'CNY', effectiveFrom };
  const { manufacturer, serviceCenter } = PRICE;
  await operator.post(
    '/price-lists',
    { ...price, role: 'manufacturer', edition: 'professional', yearlyAmount: manufacturer },
    `demo-prices-${effectiveFrom}-manufacturer`,
  );
  await operator.post(
    '/price-lists',
    { ...price, role: 'serviceCenter', yearlyAmount: serviceCenter },
    `demo-prices-${effectiveFrom}-service-center`,
  );
}

const WORDS = { manufacturer: 'Manufacturer', serviceCenter: 'Service center', customer: 'Customer' } as const;

async function register(stage: Stage, role: keyof typeof WORDS, edition?: 'professional'): Promise<Actor> {
  const name = WORDS[role];
  const registered = await stage.anyone.post<Registered>('/accounts', {
    role,
    ...(edition === undefined ? {} : { edition }),
    clock: stage.clock,
    organisation: { name: `Demo ${name} ${stage.run}`, address: '12 Example Street, Tianjin 300000, China' },
    contact: {
      name: 'Li Example',
      email: `${role.toLowerCase()}-${stage.run}@demo.example`,
      phone: '+86 22 5555 0100',
    },
  });
  const actor = stage.actor(name, registered);
  await expectTerms(stage, registered.agreement.version);
  const plan = edition === undefined ? '' : ' (Professional)';
  stage.row(
    await stage.timeOf(actor, 1),
    `${name}${plan} registers`,
    role === 'manufacturer' ? 'A1 E1 E2' : 'A1 E1',
    name,
  );
  stage.check(
    `${name} has no service before the confirmation`,
    (await stage.account(actor)).entitlements.functions,
    [],
  );
  return actor;
}

async function expectTerms(stage: Stage, version: string): Promise<void> {
  const { terms } = await stage.anyone.get<AgreementAnswer>(`/agreements/${version}`);
  const given = new Map(terms.map(({ name, value }) => [name, JSON.stringify(value)]));
  const other = Object.keys(TERMS).find((name) => given.get(name) !== JSON.stringify(TERMS[name]));
  if (other !== undefined) {
    throw new StepMissing(
      `Version ${version} of the agreement has ${other} = ${given.get(other)}; the demo tells the story of ${JSON.stringify(TERMS[other])}. Run it on a stack of its own: npm run demo -- --data DIR.`,
    );
  }
}

async function confirm(stage: Stage, { name, path, as }: Actor): Promise<void> {
  const { agreement } = await as.get<{ agreement: { version: string } }>(path);
  const { version, textHash } = await stage.anyone.get<AgreementAnswer>(`/agreements/${agreement.version}`);
  await as.post<CommandAnswer>(`${path}/confirmation`, { version, textHash });
  const after = await as.get<{ agreement: { confirmedAt: string | null } }>(path);
  stage.row(after.agreement.confirmedAt, `${name} confirms the agreement`, 'A1', name);
}

async function verifyCustomer(stage: Stage, customer: Actor): Promise<void> {
  const { sequence } = await stage.operator.post<CommandAnswer>(`${customer.path}/verification`, {
    outcome: 'verified',
  });
  const at = await stage.timeOf(customer, sequence);
  stage.row(at, 'Customer is verified: active, free of charge, without a term', 'C1', 'operator');
  const account = await stage.until('the customer is active', async () => {
    const seen = await stage.account(customer);
    return seen.accountNumber !== null && seen;
  });
  stage.check('the customer has service and no term', [account.entitlements.canWrite, account.term], [true, null]);
  stage.check('the customer has no order', account.orders, []);
}

async function verifyPaying(stage: Stage, actor: Actor, price: number): Promise<OrderAnswer> {
  await stage.operator.post<CommandAnswer>(`${actor.path}/verification`, { outcome: 'verified' });
  const order = await stage.until(`${actor.name}'s order`, async () => (await stage.account(actor)).orders[0]);
  stage.row(order.issuedAt, `${actor.name} is verified: order for the first year`, 'C3 C4', 'operator');
  stage.check(`${actor.name}'s order has the price in effect`, [order.total, order.currency], [price, 'CNY']);
  stage.check(`${actor.name}'s order is due 14 days after its issue`, order.dueAt, firstOrderDue(order.issuedAt));
  return order;
}

/** The second transfer is not matched until the operator looks into it. */
async function payTheRest(stage: Stage, manufacturer: Actor, order: OrderAnswer): Promise<string> {
  const rest = PRICE.manufacturer - FIRST_TRANSFER;
  const lost = await stage.statement(rest, stage.dayZero, `second half ${WRONG_REFERENCE}`);
  const { now } = await stage.account(manufacturer);
  stage.row(now, 'Manufacturer’s second transfer, CNY 7,000.00, wrong reference: unapplied', 'C6', 'bank');
  stage.check(
    'the transfer with the wrong reference is unapplied',
    [lost.state, lost.reason],
    ['unapplied', 'noReference'],
  );

  await stage.advance(localTime(stage.dayZero, 15));
  await stage.operator.post<{ receipt: ReceiptAnswer }>(`/receipts/${lost.receiptId}/assignment`, {
    reference: order.reference,
  });
  await stage.settled(lost.receiptId);
  const active = await stage.until('the manufacturer is active', async () => {
    const account = await stage.account(manufacturer);
    return account.accountNumber !== null && account;
  });
  const { term } = active;
  if (term === null) throw new StepMissing('the manufacturer is active and has no term');
  stage.row(
    await stage.appliedAt(manufacturer, lost),
    'Operator assigns the transfer: the order is paid',
    'C6',
    'operator',
  );
  stage.row(term.startsAt, 'Manufacturer is active: account number assigned, the term begins', 'C1 C2 U2', 'platform');
  stage.check('the term begins on the leap day', daysSince(localTime(stage.dayZero, 0), term.startsAt), 0);
  stage.check('the first year expires at 24:00 of its last day', term.endsAt, expiryAfter(term.startsAt, 1));
  const { functions } = active.entitlements;
  stage.check('Professional has repair services', functions, ['warrantyManagement', 'repairServices']);
  return term.startsAt;
}
