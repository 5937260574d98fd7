/** From the fault to a service center that has accepted: the claim, its decision, the repair order. */
import type { ClaimAnswer, RepairAnswer } from './answers.ts';
import { dayEndAfter, daysLater, localTime } from './expected-dates.ts';
import type { RepairCast } from './repair-cast.ts';
import type { Actor, Stage } from './stage.ts';

/** The first bytes of a JPEG: the kind of a file is found by its content. */
const JPEG = Buffer.from('ffd8ffe000104a46494600', 'hex');

/** The claim and its repair: their ids, and how they are read. */
export interface Repair {
  readonly claimId: string;
  readonly path: string;
  /** Waits until a party sees it in a state. */
  in(state: string, as?: Actor): Promise<RepairAnswer>;
}

export async function filedAndAccepted(stage: Stage, cast: RepairCast): Promise<Repair> {
  const { customer, manufacturer, serviceCenter } = cast;
  const day = (n: number): string => daysLater(stage.dayZero, n);
  await stage.advance(localTime(day(0), 9));
  const claim = await fileClaim(stage, cast, day(-1));

  await stage.advance(localTime(day(1), 9));
  await customer.as.post(`${customer.path}/claims/${claim.claimId}/acceptance`, {});
  const path = `repairs/${claim.claimId}.1`;
  const repair: Repair = {
    claimId: claim.claimId,
    path,
    in: (state, as = manufacturer) =>
      stage.until(`the repair in ${state}`, async () => {
        const { status, body } = await as.as.request<RepairAnswer>('GET', `${as.path}/${path}`);
        return status === 200 && body.state === state && body;
      }),
  };
  const offered = await repair.in('offered');
  stage.row(
    offered.orderedAt,
    'Customer accepts: a repair is ordered, the service center is asked',
    'W3 W4',
    'Customer',
  );
  stage.checkDate('the service center has three days', offered.nextDeadline?.at, dayEndAfter(offered.orderedAt, 3), 0);
  await showsNoCustomer(stage, serviceCenter, path);

  await stage.advance(localTime(day(2), 10));
  await serviceCenter.as.post(`${serviceCenter.path}/${path}/acceptance`, {});
  const awaited = await repair.in('awaitingShipment');
  const { now } = await stage.account(serviceCenter);
  stage.row(now, 'Service center accepts; the customer gets an RMA label', 'W4', 'Service center');
  stage.check('there is an RMA number', /^RMA-\d{9}$/.test(awaited.rma ?? ''), true);
  stage.checkDate('the customer has thirty days to send it in', awaited.nextDeadline?.at, dayEndAfter(now, 30), 0);
  const label = await customer.as.request<string>('GET', `${customer.path}/${path}/label`);
  stage.check('the label is a PDF', [label.status, label.body.slice(0, 4)], [200, '%PDF']);
  return repair;
}

async function fileClaim(stage: Stage, cast: RepairCast, failedOn: string): Promise<ClaimAnswer> {
  const { customer, manufacturer, manufacturerNumber, serial } = cast;
  const photo = new Uint8Array(Buffer.concat([JPEG, Buffer.from(`a burnt motor ${stage.run}`)]));
  const { body: file } = await customer.as.request<{ sha256: string }>('POST', `${customer.path}/evidence`, {
    body: photo,
    headers: { 'content-type': 'image/jpeg' },
  });
  const filed = await customer.as.post<ClaimAnswer>(`${customer.path}/claims`, {
    manufacturer: manufacturerNumber,
    serial,
    failedOn,
    lines: [
      { component: 'motor', cause: 'defect', usage: { hours: 41 } },
      { component: 'blade', cause: 'defect' },
    ],
    description: 'The motor smells burnt, and the blade is bent.',
    evidence: [file.sha256],
  });
  stage.row(filed.openedAt, 'Customer claims for motor and blade, with a photo', 'W2', 'Customer');
  const decided = await stage.until('the decision', async () => {
    const claim = await manufacturer.as.get<ClaimAnswer>(`${manufacturer.path}/claims/${filed.claimId}`);
    return claim.state === 'decided' && claim;
  });
  const at = decided.lines[0]?.decidedAt ?? null;
  stage.row(at, 'Decided by rules: the motor is covered, the blade is not', 'W1 W2', 'platform');
  stage.check(
    'each line has its verdict',
    decided.lines.map(({ verdict }) => verdict),
    ['covered', 'notCovered'],
  );
  stage.check(
    'the photo is with the claim',
    decided.evidence.map(({ sha256 }) => sha256),
    [file.sha256],
  );
  stage.checkDate('the customer has thirty days to appeal', decided.nextDueAt, dayEndAfter(filed.openedAt, 30), 0);
  return decided;
}

/** The service center repairs for somebody whom it does not know. */
async function showsNoCustomer(stage: Stage, { as, path: account }: Actor, path: string): Promise<void> {
  const seen = await as.get<object>(`${account}/${path}`);
  stage.check('the service center does not see the customer', ['customer' in seen, 'claimId' in seen], [false, false]);
}
