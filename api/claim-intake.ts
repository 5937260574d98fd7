/**
 * How a claim is filed [W2]: who may, about what; then its rows, the vault and the message that starts its contract in one
 * transaction. The id follows from the command, so that a claim is filed once.
 */
import type { Account } from '../db/accounts.ts';
import { findAccountByNumber } from '../db/accounts.ts';
import { findAgreementVersion } from '../db/agreements.ts';
import { findClaim, insertClaim } from '../db/claims.ts';
import type { ClaimRow } from '../db/claims.ts';
import type { Db, Trx } from '../db/database.ts';
import { insertMessage } from '../db/outbox.ts';
import { findServiceLevel } from '../db/service-levels.ts';
import { listSuspensions, lockSuspensions } from '../db/suspensions.ts';
import { claimSubject } from '../db/vault.ts';
import { findUnit, listOwners, listPolicies } from '../db/warranty.ts';
import type { UnitRow } from '../db/warranty.ts';
import { dayOf } from '../machines/calendar.ts';
import type { ClaimInput } from '../machines/claim.ts';
import { levelOf } from '../machines/service-terms.ts';
import type { ServiceLevel } from '../machines/service-level.ts';
import { resolveServiceTerms, resolveTerms } from '../machines/terms.ts';
import type { Policy } from '../machines/warranty/policy.ts';
import type { Static } from 'typebox';
import { componentsOf, mustBeNone, Problems, unknownComponents } from './claim-checks.ts';
import type { ClaimForm } from './claim-fields.ts';
import { claimInstanceId } from './claim-view.ts';
import { contractNow } from './contract-time.ts';
import type { Deps } from './deps.ts';
import { mustHaveEvidence } from './evidence.ts';
import { canonicalJson } from './idempotency.ts';
import { Problem } from './problems.ts';
import { mustBeEntitled } from './service-access.ts';

export type ClaimForm = Static<typeof ClaimForm>;

/** @param id the claim's, made from the command: the same command again files nothing and gives the same claim */
export async function fileClaim(deps: Deps, claimant: Account, form: ClaimForm, id: string): Promise<ClaimRow> {
  const { db, vault, now } = deps;
  const asked = canonicalJson(form);
  const known = await findClaim(db, id);
  if (known) return await same(deps, known, asked);
  const { manufacturer, unit, customerId, region, filedBy, at } = await mustBeFileable(deps, claimant, form);
  for (const [index, sha256] of (form.evidence ?? []).entries()) {
    await mustHaveEvidence(db, claimant.id, sha256, `/evidence/${index}`);
  }
  const input = await inputOf(db, { id, manufacturer, customerId, unit, region, form, at });
  await db.transaction().execute(async (trx) => {
    const suspensions = await standing(trx, manufacturer.id, customerId);
    const isNew = await insertClaim(trx, {
      id,
      manufacturerId: manufacturer.id,
      customerId,
      clock: manufacturer.clock,
      serial: unit.serial,
      modelId: unit.model_id,
      batch: unit.batch,
      failedOn: form.failedOn,
      region,
      currency: input.terms.goodwillLimit.currency,
      filedBy,
      recovers: form.recovers ?? null,
      lines: input.lines.map((line) => ({ ...line, usage: { ...line.usage } })),
      evidence: input.evidence,
      claimant: claimant.id,
      at,
    });
    if (!isNew) return;
    const entries = { asked, ...(form.description === undefined ? {} : { description: form.description }) };
    for (const [name, value] of Object.entries(entries)) {
      await vault.put(trx, { subject: claimSubject(id), name, accountId: claimant.id, value });
    }
    await insertMessage(trx, {
      id: `api.${claimInstanceId(id)}`,
      sender: 'api',
      senderMachine: null,
      to: { machine: 'claim', id: claimInstanceId(id) },
      start: { ...input, suspensions } as never,
      now: now().toISOString(),
    });
  });
  return await same(deps, (await findClaim(db, id))!, asked);
}

/** For what its parties are suspended at this moment; one that comes later is told to the claim. */
async function standing(
  trx: Trx,
  manufacturerId: string,
  customerId: string | null,
): Promise<ClaimInput['suspensions']> {
  const parties = [
    { party: 'manufacturer' as const, id: manufacturerId },
    ...(customerId === null ? [] : [{ party: 'customer' as const, id: customerId }]),
  ].toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const found: ClaimInput['suspensions'] = [];
  for (const { party, id } of parties) {
    await lockSuspensions(trx, id);
    const open = (await listSuspensions(trx, id)).filter(({ lifted_at }) => lifted_at === null);
    found.push(...open.map(({ reason }) => ({ party, reason })));
  }
  return found;
}

async function same({ db, vault }: Pick<Deps, 'db' | 'vault'>, claim: ClaimRow, asked: string): Promise<ClaimRow> {
  if ((await vault.get(db, claimSubject(claim.id), 'asked')) !== asked)
    throw new Problem('idempotency-key-reused', { field: 'Idempotency-Key' });
  return claim;
}

interface Subject {
  readonly unit: UnitRow;
  readonly customerId: string | null;
  /** Where the unit is, as far as claim or owner say. */
  readonly region: string | null;
  readonly filedBy: 'customer' | 'manufacturer';
}

interface Fileable extends Subject {
  readonly manufacturer: Account;
  /** The manufacturer's present. */
  readonly at: string;
}

/**
 * Who is claimed from, about what. Components are looked at where the unit is the claimant's.
 * @throws {Problems} all that is wrong with what the form names
 */
export async function mustBeFileable(
  { db, now }: Pick<Deps, 'db' | 'now'>,
  claimant: Account,
  form: ClaimForm,
): Promise<Fileable> {
  const manufacturer = await claimedFrom(db, claimant, form);
  const at = (await contractNow(db, manufacturer.clock, now())).toISOString();
  const { timeZone } = resolveTerms(await overridesOf(db, manufacturer));
  const subject = await subjectOf(db, claimant, manufacturer, form);
  const detail = 'The day has not come yet.';
  const isToCome = form.failedOn > dayOf(at, timeZone);
  const notCome = isToCome ? [new Problem('invalid-request', { field: '/failedOn', detail })] : [];
  if (subject instanceof Problem) throw new Problems(subject, notCome);
  const components = await componentsOf(db, manufacturer.id, subject.unit.model_id);
  mustBeNone([...notCome, ...unknownComponents(components, form.lines, 'lines')]);
  return { ...subject, manufacturer, at };
}

/** Customers claim for what they own; manufacturers for whoever owns it, or, to recover a cost, from their supplier. */
async function claimedFrom(db: Db, claimant: Account, form: ClaimForm): Promise<Account> {
  if (claimant.role === 'serviceCenter')
    throw new Problem('not-entitled', { detail: 'Claims are filed by customers and manufacturers.' });
  await mustBeEntitled(db, claimant, 'warrantyManagement');
  const manufacturer = isOwn(claimant, form) ? claimant : await manufacturerOf(db, form);
  if (form.recovers !== undefined) {
    if (manufacturer.id === claimant.id)
      throw new Problem('invalid-request', {
        field: '/manufacturer',
        detail: 'A cost is recovered from somebody else: name the account number of the supplier.',
      });
    await mustBeOwnClaim(db, claimant, form.recovers);
  }
  if (manufacturer.clock !== claimant.clock)
    throw new Problem('invalid-request', {
      field: '/manufacturer',
      detail: 'The manufacturer lives on another test clock: register both on the same one.',
    });
  return manufacturer;
}

const isOwn = ({ role }: Account, { recovers }: ClaimForm): boolean =>
  role === 'manufacturer' && recovers === undefined;

/** The unit with whom it is claimed for; or what is wrong with its serial number. */
async function subjectOf(
  db: Db,
  claimant: Account,
  manufacturer: Account,
  form: ClaimForm,
): Promise<Subject | Problem> {
  const unit = await findUnit(db, manufacturer.id, form.serial);
  if (!unit)
    return new Problem('not-found', {
      field: '/serial',
      detail: 'The manufacturer has no unit of this serial number.',
    });
  const last = (await listOwners(db, manufacturer.id, unit.serial)).at(-1);
  const owner = last?.owner_id ?? null;
  const region = form.region ?? last?.region ?? null;
  if (isOwn(claimant, form)) return { unit, customerId: owner, region, filedBy: 'manufacturer' };
  const mayClaim = owner === claimant.id || (form.recovers !== undefined && owner === null);
  if (!mayClaim) return new Problem('not-found', { field: '/serial', detail: 'Register the unit as yours first.' });
  return { unit, customerId: claimant.id, region, filedBy: 'customer' };
}

async function manufacturerOf(db: Db, { manufacturer: number }: ClaimForm): Promise<Account> {
  const found = number === undefined ? undefined : await findAccountByNumber(db, number);
  if (!found || found.role !== 'manufacturer' || found.erased_at !== null)
    throw new Problem('not-found', { field: '/manufacturer', detail: 'Name the account number of the manufacturer.' });
  try {
    await mustBeEntitled(db, found, 'warrantyManagement');
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem('not-entitled', {
      field: '/manufacturer',
      detail: 'The manufacturer takes no new claims now: its service is not on.',
    });
  }
  return found;
}

/** What is recovered from a supplier is a claim that the manufacturer has paid for. */
async function mustBeOwnClaim(db: Db, claimant: Account, claimId: string): Promise<void> {
  const claim = await findClaim(db, claimId);
  if (claimant.role !== 'manufacturer' || claim?.manufacturer_id !== claimant.id)
    throw new Problem('not-found', { field: '/recovers' });
  const isPaid = ['repair', 'replacement', 'refund'].includes(claim.outcome ?? '');
  if (!isPaid)
    throw new Problem('invalid-request', {
      field: '/recovers',
      detail: 'The claim has come to nothing that was paid for.',
    });
}

interface Filed {
  readonly id: string;
  readonly manufacturer: Account;
  readonly customerId: string | null;
  readonly unit: UnitRow;
  readonly region: string | null;
  readonly form: ClaimForm;
  readonly at: string;
}

async function inputOf(db: Db, { id, manufacturer, customerId, unit, region, form, at }: Filed): Promise<ClaimInput> {
  const overrides = await overridesOf(db, manufacturer);
  const terms = resolveServiceTerms(overrides);
  const { timeZone, periodEnd } = resolveTerms(overrides);
  const { businessCalendar: _calendar, claimDecision: _decision, repairTurnaround: _turnaround, ...carried } = terms;
  const [decision, repair] = await Promise.all(
    (['claimDecision', 'repairTurnaround'] as const).map(
      async (name) => (await ownLevel(db, manufacturer, unit, name)) ?? levelOf(name, terms, at),
    ),
  );
  return {
    claimId: id,
    manufacturerId: manufacturer.id,
    customerId,
    serial: unit.serial,
    modelId: unit.model_id,
    failedOn: form.failedOn,
    ...(region === null ? {} : { region }),
    lines: linesOf(form),
    evidence: [...(form.evidence ?? [])],
    terms: carried as ClaimInput['terms'],
    counting: { timeZone, periodEnd },
    levels: { decision: decision!, repair: repair! },
    suspensions: [],
  };
}

/** Terms of the agreement that the manufacturer is under, as far as they are its own. */
async function overridesOf(db: Db, manufacturer: Account): Promise<{ readonly [name: string]: unknown }> {
  const agreement = await findAgreementVersion(db, manufacturer.agreement_version ?? '');
  if (!agreement) throw new Error(`Account ${manufacturer.id} has registered under no known agreement`);
  return agreement.terms as { readonly [name: string]: unknown };
}

function linesOf({ lines }: ClaimForm): ClaimInput['lines'] {
  return lines.map(({ component = null, cause = 'unknown', usage = {} }, index) => {
    return { lineId: `l${index + 1}`, component, cause, usage };
  });
}

/** The manufacturer's level for the policies of the model, or for all its models. */
async function ownLevel(
  db: Db,
  manufacturer: Account,
  unit: UnitRow,
  name: 'claimDecision' | 'repairTurnaround',
): Promise<ServiceLevel | undefined> {
  const policies = (await listPolicies(db, manufacturer.id)).map(({ policy }) => policy as unknown as Policy);
  const ids = policies.filter(({ models }) => models.includes(unit.model_id)).map(({ id }) => id);
  const found = await findServiceLevel(db, manufacturer.id, name, ids);
  return found && (found.level as unknown as ServiceLevel);
}

/** @throws {Problem} `not-found` for whoever is no party: another party's claim is not there, rather than forbidden */
export function partyOf(claim: ClaimRow, account: Account): 'customer' | 'manufacturer' {
  if (claim.customer_id === account.id) return 'customer';
  if (claim.manufacturer_id === account.id) return 'manufacturer';
  throw new Problem('not-found', { field: 'claimId' });
}
