/** From the shipment to the end: receipt, inspection, quotation, parts, tests, delivery, and the time to dispute it. */
import type { ClaimAnswer, CoverageAnswer, RepairAnswer } from './answers.ts';
import { dayEndAfter, daysLater, localTime, monthsAfter, workingDaysAfter } from './expected-dates.ts';
import type { RepairCast } from './repair-cast.ts';
import type { Repair } from './repair-claim.ts';
import type { Actor, Stage } from './stage.ts';

const MOTOR_COST = 20_000;
const BLADE_COST = 7_700;

export async function repaired(stage: Stage, cast: RepairCast, repair: Repair): Promise<void> {
  const { customer, serviceCenter } = cast;
  const scene = new Scene(stage, cast, repair);
  await scene.at(3, 12);
  await scene.says(customer, 'shipment', { tracking: 'SF-1234567890' }, 'Customer sends the drill', 'W4');
  await scene.isAt('toCenter');
  await takenIn(stage, scene, cast);
  await quoted(stage, scene, cast);
  await mended(scene, serviceCenter);
  await scene.at(24, 15);
  await scene.says(customer, 'delivery', {}, 'Customer has the drill again: repaired', 'W4 W6');
  await ended(stage, cast, repair);
}

async function takenIn(stage: Stage, scene: Scene, { serviceCenter, serial }: RepairCast): Promise<void> {
  const receivedAt = await scene.at(7, 10);
  await scene.says(
    serviceCenter,
    'receipt',
    { serial, condition: 'ok', missing: [] },
    'Service center takes the drill in: ten working days from now',
    'W4 W5',
  );
  const { clocks } = await scene.isAt('center');
  stage.checkDate('the turnaround is due after ten working days', clocks?.[0]?.due, workingDaysAfter(receivedAt, 10));
}

async function quoted(stage: Stage, scene: Scene, { serviceCenter, customer }: RepairCast): Promise<void> {
  await scene.at(8, 14);
  const costs = [
    { lineId: 'l1', costClass: 'parts', amount: MOTOR_COST },
    { lineId: 'l2', costClass: 'parts', amount: BLADE_COST },
  ];
  const inspection = { finding: 'faultConfirmed', currency: 'CNY', costs, usage: { hours: 41 } };
  await scene.says(
    serviceCenter,
    'inspection',
    inspection,
    'Inspected: the blade, CNY 77.00, is quoted; the clock is paused',
    'W4 W5',
  );
  const quoting = await scene.seen();
  const [quotation] = quoting.quotations;
  stage.check('only what is not covered is quoted', [quotation?.state, quotation?.total], ['open', BLADE_COST]);
  stage.check('the clock stands still for the quotation', quoting.clocks?.[0]?.pausedFor, ['quotation']);
  stage.checkDate(
    'the quotation holds fourteen days',
    quoting.nextDeadline?.at,
    dayEndAfter(quotation?.at ?? '', 14),
    0,
  );

  await scene.at(11, 9);
  await scene.says(
    customer,
    'quotation/acceptance',
    { quotation: 1 },
    'Customer accepts the quotation: a debt from now on',
    'W4',
  );
  const { charges } = await scene.seen();
  stage.check(
    'the customer owes the blade, and nothing else',
    charges?.map(({ kind, amount }) => [kind, amount]),
    [['quotation', BLADE_COST]],
  );
}

async function mended(scene: Scene, center: Actor): Promise<void> {
  await scene.at(11, 10);
  await scene.says(
    center,
    'parts/order',
    { partId: 'P-7', component: 'motor' },
    'A motor is on order: the clock is paused',
    'W4 W5',
  );
  await scene.clockIs('paused');
  await scene.at(18, 9);
  await scene.says(center, 'parts/arrival', { partId: 'P-7' }, 'The motor has arrived: the clock runs on', 'W4 W5');
  await scene.clockIs('running');
  await scene.at(18, 15);
  await scene.does(center, 'parts/use', { partId: 'P-7' });
  await scene.does(center, 'completion');
  await scene.says(center, 'test/failure', {}, 'Repaired, and the test fails', 'W4');
  await scene.at(21, 11);
  await scene.does(center, 'completion');
  await scene.says(center, 'test/pass', {}, 'Repaired again, and the test is passed', 'W4 W6');
  await scene.at(22, 9);
  await scene.says(
    center,
    'return',
    { tracking: 'SF-1234567891' },
    'Service center ships the drill back, in time',
    'W4 W5',
  );
  const { failedTests, clocks } = await scene.isAt('toCustomer');
  scene.stage.check('the test failed once, and the time was kept', [failedTests, clocks?.[0]?.outcome], [1, 'kept']);
}

async function ended(stage: Stage, { manufacturer, customer, serial }: RepairCast, repair: Repair): Promise<void> {
  const closed = await repair.in('closed', customer);
  stage.check('the drill is repaired, and with the customer', [closed.outcome, closed.place], ['repaired', 'customer']);
  const claimOf = () => customer.as.get<ClaimAnswer>(`${customer.path}/claims/${repair.claimId}`);
  const fulfilled = await stage.until('the claim to be fulfilled', async () => {
    const claim = await claimOf();
    return claim.state === 'fulfilled' && claim;
  });
  const { now } = await stage.account(manufacturer);
  const closesAt = dayEndAfter(now, 30);
  stage.checkDate('the customer has thirty days to dispute it', fulfilled.nextDueAt, closesAt, 0);
  const query = `on=${now.slice(0, 10)}&component=motor&cause=defect`;
  const { parts } = await manufacturer.as.get<CoverageAnswer>(`${manufacturer.path}/units/${serial}/coverage?${query}`);
  const own = parts.findings.find(({ kind, id }) => kind === 'replacement' && id.endsWith('.motor'));
  const repairedAt = localTime(daysLater(stage.dayZero, 21), 11);
  stage.check('the new motor has six months of its own', [own?.covers, own?.until], [true, monthsAfter(repairedAt, 6)]);
  stage.row(now, 'The new motor has a warranty of its own: six months', 'W6', 'platform');

  await stage.advance(localTime(daysLater(stage.dayZero, 60), 9));
  const after = await stage.until('the end of the claim', async () => {
    const claim = await claimOf();
    return claim.state === 'closed' && claim;
  });
  stage.checkDate('the claim closes when it can be disputed no more', after.closedAt, closesAt);
  stage.row(after.closedAt, 'Nobody has disputed it: the claim is closed', 'W6', 'platform');
  stage.check('the claim came to a repair', after.outcome, 'repair');
}

/** The repair as the story goes on: moments, what parties do, and where the drill is. */
class Scene {
  readonly stage: Stage;
  readonly #cast: RepairCast;
  readonly #repair: Repair;

  constructor(stage: Stage, cast: RepairCast, repair: Repair) {
    this.stage = stage;
    this.#cast = cast;
    this.#repair = repair;
  }

  /** Moves the clock to an hour of a day of the story; answers the instant. */
  async at(day: number, hour: number): Promise<string> {
    const instant = localTime(daysLater(this.stage.dayZero, day), hour);
    await this.stage.advance(instant);
    return instant;
  }

  async does(who: Actor, action: string, body: object = {}): Promise<void> {
    await who.as.post(`${who.path}/${this.#repair.path}/${action}`, body);
  }

  /** The same, as a row of the table. */
  async says(who: Actor, action: string, body: object, what: string, clause: string): Promise<void> {
    await this.does(who, action, body);
    const { now } = await this.stage.account(who);
    this.stage.row(now, what, clause, who.name);
  }

  /** As its manufacturer sees it. */
  seen(): Promise<RepairAnswer> {
    const { as, path } = this.#cast.manufacturer;
    return as.get(`${path}/${this.#repair.path}`);
  }

  async isAt(place: string): Promise<RepairAnswer> {
    const repair = await this.seen();
    this.stage.check(`the drill is at one place: ${place}`, repair.place, place);
    return repair;
  }

  async clockIs(state: string): Promise<void> {
    const { clocks } = await this.seen();
    this.stage.check(`the clock is ${state}`, clocks?.[0]?.state, state);
  }
}
