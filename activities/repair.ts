/** Repair orders: numbers, service centers, and their records [W3, W4, W6]. */
import { findAccount, lockAccountRow } from '../db/accounts.ts';
import { clockOfInstance } from '../db/clocks.ts';
import type { Db, Trx } from '../db/database.ts';
import { findInstance } from '../db/instances.ts';
import { assignRmaNumber, insertAssignment, putCharge, putPart, putQuotation, putRepair } from '../db/repairs.ts';
import type { Json } from '../db/schema.ts';
import { isAuthorised, listCandidates } from '../db/service-centers.ts';
import { addReplacement, exchangeUnit } from '../db/unit-exchanges.ts';
import { lockWarranty } from '../db/warranty.ts';
import type { Activities } from '../machines/activities.ts';
import { entitlements } from '../machines/entitlements.ts';
import type { ActivityDeps } from './deps.ts';
import type { HandlersOf } from './effects.ts';
import { leaveRepairFacts } from './facts.ts';
import type { BodiesOf } from './invocation.ts';

type RepairEffect =
  | 'recordRepair'
  | 'recordAssignment'
  | 'recordQuotation'
  | 'recordRepairCharge'
  | 'recordRepairPart'
  | 'recordUnitRepaired'
  | 'recordUnitExchanged';

export const repairEffects: HandlersOf<RepairEffect> = {
  recordRepair: async ({ trx }, repair) => {
    const [manufacturer, customer, center] = await living(trx, [
      repair.manufacturerId,
      repair.customerId,
      repair.centerId,
    ]);
    await putRepair(trx, {
      id: repair.repairId,
      claim_id: repair.claimId,
      n: repair.n,
      clock: await clockOfInstance(trx, `repair-${repair.repairId}`),
      manufacturer_id: manufacturer ?? null,
      customer_id: customer ?? null,
      center_id: center ?? null,
      rma: repair.rma,
      serial: repair.serial,
      model_id: repair.modelId,
      state: repair.state,
      place: repair.place,
      finding: repair.finding,
      failed_tests: repair.failedTests,
      outcome: repair.outcome,
      ordered_at: repair.at,
      state_at: repair.at,
      closed_at: repair.state === 'closed' ? repair.at : null,
    });
    if (repair.state === 'closed') await leaveRepairFacts(trx, repair);
  },
  recordAssignment: async ({ trx }, { repairId, centerId, state, at }) => {
    const [center] = await living(trx, [centerId]);
    await insertAssignment(trx, { repair_id: repairId, center_id: center ?? null, state, at });
  },
  recordQuotation: async ({ trx }, { repairId, costs, ...quotation }) => {
    await putQuotation(trx, { ...quotation, repair_id: repairId, costs: costs as unknown as Json });
  },
  recordRepairCharge: async ({ trx }, { repairId, charge, at }) => {
    await putCharge(trx, { repair_id: repairId, ...charge, at });
  },
  recordRepairPart: async ({ trx }, { repairId, partId, component, state, at }) => {
    await putPart(trx, { repair_id: repairId, part_id: partId, component, state, at });
  },
  recordUnitRepaired: async ({ trx }, { manufacturerId, serial, replacement }) => {
    if ((await living(trx, [manufacturerId]))[0] === null) return;
    await lockWarranty(trx, manufacturerId, serial);
    await addReplacement(trx, manufacturerId, serial, replacement);
  },
  recordUnitExchanged: async ({ trx, record }, { manufacturerId, serial, newSerial, at }) => {
    if ((await living(trx, [manufacturerId]))[0] === null) return;
    await lockWarranty(trx, manufacturerId, serial);
    const repairId = record.instance.slice('repair-'.length);
    await exchangeUnit(trx, { accountId: manufacturerId, serial, newSerial, repairId, at });
  },
};

/** The same ids without those that are being erased; the accounts are locked in one order, whoever locks them. */
async function living(trx: Trx, ids: readonly (string | null)[]): Promise<(string | null)[]> {
  const gone = new Set<string>();
  const named = ids.filter((id) => id !== null);
  for (const id of [...new Set(named)].toSorted((one, other) => (one < other ? -1 : 1))) {
    const account = await lockAccountRow(trx, id);
    if (account === undefined || account.erased_at !== null) gone.add(id);
  }
  return ids.map((id) => (id === null || gone.has(id) ? null : id));
}

export function repairActivities({
  db,
}: Pick<ActivityDeps, 'db'>): BodiesOf<'assignRmaNumber' | 'askCenterEntitlement' | 'chooseServiceCenter'> {
  return {
    assignRmaNumber: async ({ repairId }) => {
      const rma = await db.transaction().execute((trx) => assignRmaNumber(trx, repairId));
      return { rma };
    },
    askCenterEntitlement: async (question) => ({ isEntitled: await isEntitled(db, question) }),
    chooseServiceCenter: async (question) => ({ centerId: await chooseServiceCenter(db, question) }),
  };
}

async function isEntitled(
  db: Db,
  { centerId, manufacturerId }: Activities['askCenterEntitlement'][0],
): Promise<boolean> {
  const center = centerId === null ? undefined : await findAccount(db, centerId);
  if (manufacturerId === null || !center || center.erased_at !== null || center.role !== 'serviceCenter') return false;
  const instance = await findInstance(db, `subscription-${center.id}`);
  const { functions } = entitlements({ role: center.role, edition: null, tags: instance?.tags ?? [] });
  return functions.includes('repairServices') && (await isAuthorised(db, manufacturerId, center.id));
}

/** In the unit's region before others, then in its country, then by the smaller part of its capacity in use, then by id: always the same one. */
async function chooseServiceCenter(
  db: Db,
  { manufacturerId, modelId, region, declined }: Activities['chooseServiceCenter'][0],
): Promise<string | null> {
  if (manufacturerId === null) return null;
  const candidates = await listCandidates(db, manufacturerId, modelId);
  const free = candidates.filter(({ centerId, load, capacity }) => load < capacity && !declined.includes(centerId));
  const [best] = free.toSorted(
    (one, other) =>
      nearness(other.region, region) - nearness(one.region, region) ||
      one.load * other.capacity - other.load * one.capacity ||
      (one.centerId < other.centerId ? -1 : 1),
  );
  return best?.centerId ?? null;
}

/** Of two ISO 3166-2 codes, with or without a subdivision: 2 the same, 1 of one country, 0 of two or not known. */
function nearness(center: string, unit: string | null): number {
  if (center === unit) return 2;
  return unit !== null && countryOf(center) === countryOf(unit) ? 1 : 0;
}

function countryOf(region: string): string {
  return region.split('-', 1)[0]!;
}
