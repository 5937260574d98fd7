/** The repair's beginning: three parties in service, a product with its warranty, a service center, a sale. */
import type { OrderAnswer, Registered } from './answers.ts';
import { daysLater, localTime } from './expected-dates.ts';
import type { Actor, Stage } from './stage.ts';

/** Prices of a year in fen, for a stack that has none in effect yet. */
const PRICE = { manufacturer: 1_200_000, serviceCenter: 600_000 };
export const MODEL = 'SD-18V';
export const POLICY_MONTHS = 24;

export interface RepairCast {
  readonly manufacturer: Actor;
  readonly serviceCenter: Actor;
  readonly customer: Actor;
  readonly manufacturerNumber: string;
  readonly centerNumber: string;
  readonly serial: string;
}

export async function repairCast(stage: Stage): Promise<RepairCast> {
  const { operator, dayZero } = stage;
  const soldOn = daysLater(dayZero, -90);
  await operator.post('/clocks', { name: stage.clock, at: localTime(daysLater(dayZero, -92), 9) });
  await setPrices(stage);
  const [manufacturer, serviceCenter, customer] = [
    await join(
      stage,
      'manufacturer',
      'Manufacturer',
      'Manufacturer (Professional) is registered, verified, has paid: active',
    ),
    await join(stage, 'serviceCenter', 'Service center', 'Service center is registered, verified, has paid: active'),
    await join(stage, 'customer', 'Customer', 'Customer is registered and verified: active, free of charge'),
  ];

  await stage.advance(localTime(daysLater(dayZero, -91), 10));
  await describeProduct(stage, manufacturer.actor);
  await offerService(stage, manufacturer, serviceCenter);

  await stage.advance(localTime(soldOn, 11));
  const serial = `SD18-${stage.run}`;
  await sell(stage, manufacturer.actor, customer, serial, soldOn);
  return {
    manufacturer: manufacturer.actor,
    serviceCenter: serviceCenter.actor,
    customer: customer.actor,
    manufacturerNumber: manufacturer.number,
    centerNumber: serviceCenter.number,
    serial,
  };
}

async function setPrices({ operator }: Stage): Promise<void> {
  const price = { currency: 'CNY', effectiveFrom: '2020-01-01T00:00:00.000Z' };
  for (const [role, yearlyAmount] of Object.entries(PRICE)) {
    const edition = role === 'manufacturer' ? { edition: 'professional' } : {};
    await operator.post('/price-lists', { ...price, ...edition, role, yearlyAmount }, `demo-repair-prices-${role}`);
  }
}

interface Joined {
  readonly actor: Actor;
  readonly number: string;
}

async function join(stage: Stage, role: string, name: string, what: string): Promise<Joined> {
  const registered = await stage.anyone.post<Registered>('/accounts', {
    role,
    ...(role === 'manufacturer' ? { edition: 'professional' } : {}),
    clock: stage.clock,
    organisation: { name: `Demo ${name} ${stage.run}`, address: '12 Example Street, Tianjin 300000, China' },
    contact: {
      name: 'Li Example',
      email: `${role.toLowerCase()}-${stage.run}@demo.example`,
      phone: '+86 22 5555 0100',
    },
  });
  const actor = stage.actor(name, registered);
  await stage.until(`the contract of ${name}`, async () => (await stage.account(actor)).sequence > 0);
  const { version, textHash } = registered.agreement;
  await actor.as.post(`${actor.path}/confirmation`, { version, textHash });
  await stage.operator.post(`${actor.path}/verification`, { outcome: 'verified' });
  if (role !== 'customer') {
    const order = await stage.until(`the order of ${name}`, async () => (await stage.account(actor)).orders[0]);
    await pay(stage, order);
  }
  const { accountNumber, now } = await stage.until(`the service of ${name}`, async () => {
    const account = await stage.account(actor);
    return account.accountNumber !== null && account.tags.includes('service') && account;
  });
  stage.row(now, what, role === 'customer' ? 'A1 C1' : 'A1 C1 C6', name);
  return { actor, number: accountNumber! };
}

async function pay(stage: Stage, { total, reference, issuedAt }: OrderAnswer): Promise<void> {
  await stage.statement(total, issuedAt.slice(0, 10), reference);
}

async function describeProduct(stage: Stage, { name, path, as }: Actor): Promise<void> {
  const components = ['motor', 'blade'].map((id) => ({ id, partOf: null }));
  await as.put(`${path}/models/${MODEL}`, { name: 'Cordless drill 18 V', components });
  const months = { months: POLICY_MONTHS, usage: null, proRata: null };
  const line = {
    id: 'whole',
    components: 'all',
    except: ['blade'],
    excludes: ['wear', 'misuse', 'accident', 'unauthorisedRepair'],
    transfers: 1,
    start: { rules: [{ basis: 'proofOfPurchase', plus: null }], noLaterThan: [] },
    cover: { parts: months, labour: months, shipping: months },
  };
  const inForce = { from: '2020-01-01', until: null };
  await as.put(`${path}/policies/standard`, { models: [MODEL], inForce, lines: [line], deadOnArrival: null });
  const { now } = await as.get<{ now: string }>(path);
  stage.row(now, 'Manufacturer describes its drill: 24 months, without the blade', 'W1', name);
}

async function offerService(stage: Stage, manufacturer: Joined, center: Joined): Promise<void> {
  const { path, as, name } = center.actor;
  await as.put(`${path}/service-center`, {
    region: 'CN-TJ',
    capacity: 20,
    models: [{ manufacturer: manufacturer.number, model: MODEL }],
  });
  const maker = manufacturer.actor;
  await maker.as.put(`${maker.path}/authorised-centers/${center.number}`, {});
  const { now } = await as.get<{ now: string }>(path);
  stage.row(now, 'Service center says that it repairs the drill, and is authorised', 'W4', name);
}

async function sell(
  stage: Stage,
  maker: Actor,
  { actor: customer, number }: Joined,
  serial: string,
  on: string,
): Promise<void> {
  const dates = { shipment: on, proofOfPurchase: on };
  await maker.as.put(`${maker.path}/units/${serial}`, { model: MODEL, dates });
  await maker.as.post(`${maker.path}/units/${serial}/owners`, { on, customer: number });
  const { now } = await maker.as.get<{ now: string }>(maker.path);
  stage.row(now, 'Manufacturer sells a drill to the customer, by its serial number', 'W1', maker.name);
  const owned = await customer.as.get<{ serial: string }[]>(`${customer.path}/owned-units`);
  stage.check(
    'the drill is the customer’s',
    owned.map((one) => one.serial),
    [serial],
  );
}
