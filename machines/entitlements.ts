/** What an account may do, from its role, its edition and the tags of its subscription's state [E2]. */
import type { Edition, Role } from './agreement.ts';

/** Functions of the platform (§2) that this agreement covers. */
export type PlatformFunction = 'warrantyManagement' | 'repairServices' | 'dataAnalysis';

export interface Entitlements {
  /** Service functions that may be used now. */
  readonly functions: readonly PlatformFunction[];
  readonly canRead: boolean;
  readonly canWrite: boolean;
  readonly canExport: boolean;
}

/** Each edition has all of the one before it. */
const ofEdition: Record<Edition, readonly PlatformFunction[]> = {
  standard: ['warrantyManagement'],
  professional: ['warrantyManagement', 'repairServices'],
  enterprise: ['warrantyManagement', 'repairServices', 'dataAnalysis'],
};

/** Whether what the platform sells as the higher edition is `to` [E2]. */
export function isUpgrade(from: Edition, to: Edition): boolean {
  return ofEdition[to].length > ofEdition[from].length;
}

/** Customers claim; service centers repair. */
const ofPlan: Record<Exclude<Role, 'manufacturer'>, readonly PlatformFunction[]> = {
  customer: ['warrantyManagement'],
  serviceCenter: ['repairServices'],
};

/** A manufacturer without an edition has no function; nobody has one unless the state carries the tag `service`,
 * or while it carries `suspended` [W7]. */
export function entitlements(of: { role: Role; edition: Edition | null; tags: readonly string[] }): Entitlements {
  const inService = of.tags.includes('service') && !of.tags.includes('suspended');
  return {
    functions: inService ? functionsOf(of.role, of.edition) : [],
    canRead: of.tags.includes('readable'),
    canWrite: inService,
    canExport: of.tags.includes('exportable'),
  };
}

function functionsOf(role: Role, edition: Edition | null): readonly PlatformFunction[] {
  if (role !== 'manufacturer') return ofPlan[role];
  return edition === null ? [] : ofEdition[edition];
}
