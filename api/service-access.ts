/** Whether an account may use a service function now: asked before every route of one [E2]. */
import type { Account } from '../db/accounts.ts';
import type { Db } from '../db/database.ts';
import { findInstance, type Instance } from '../db/instances.ts';
import { entitlements, type PlatformFunction } from '../machines/entitlements.ts';
import { subscriptionId } from './commands.ts';
import { Problem } from './problems.ts';

const names: Record<PlatformFunction, string> = {
  warrantyManagement: 'Warranty management is in every edition',
  repairServices: 'Repair services are in the editions Professional and Enterprise',
  dataAnalysis: 'Data analysis is in the edition Enterprise',
};

const SUSPENDED = 'The subscription is suspended: GET /accounts/{accountId}/suspensions says for what.';
const OFF = 'The service is not on for this account.';

/** @throws {Problem} `not-entitled`, with the state in words, or with the edition that includes the function */
export async function mustBeEntitled(db: Db, account: Account, wanted: PlatformFunction): Promise<void> {
  const instance = await findInstance(db, subscriptionId(account.id));
  const tags = instance?.tags ?? [];
  const role = account.role;
  if (role !== null && entitlements({ role, edition: account.edition, tags }).functions.includes(wanted)) return;
  const isOff = tags.includes('suspended') ? SUSPENDED : OFF;
  const isOn = tags.includes('service') && isOff === OFF;
  const detail = isOn ? `${names[wanted]}, and not in the account’s.` : isOff;
  throw new Problem('not-entitled', { detail, ...(instance ? { state: instance.words } : {}) });
}

/** For what every function needs. @throws {Problem} `not-entitled`, with the state in words */
export async function mustBeInService(db: Db, account: Account): Promise<void> {
  const instance = await findInstance(db, subscriptionId(account.id));
  if (instance?.tags.includes('service')) return mustNotBeSuspended(instance);
  throw new Problem('not-entitled', { detail: OFF, ...(instance ? { state: instance.words } : {}) });
}

/**
 * For what goes on without the service, such as claims that are open when a term is over: only a suspension stops it [W7].
 * @throws {Problem} `not-entitled`
 */
export function mustNotBeSuspended(instance: Instance | undefined): void {
  if (instance?.tags.includes('suspended'))
    throw new Problem('not-entitled', { detail: SUSPENDED, state: instance.words });
}

/** As {@link mustBeEntitled}, and the account is a manufacturer: what it manages is its own products. */
export async function mustManageWarranty(db: Db, account: Account): Promise<void> {
  if (account.role !== 'manufacturer') {
    throw new Problem('not-entitled', { detail: 'Products and their warranties are managed by manufacturers.' });
  }
  await mustBeEntitled(db, account, 'warrantyManagement');
}

/** As {@link mustBeEntitled}: figures are of a manufacturer's own products. */
export async function mustAnalyse(db: Db, account: Account): Promise<void> {
  if (account.role !== 'manufacturer') {
    throw new Problem('not-entitled', { detail: 'Data analysis is for manufacturers, in the edition Enterprise.' });
  }
  await mustBeEntitled(db, account, 'dataAnalysis');
}
