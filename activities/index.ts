/** All that machines can ask of the world: effects for the store, activities for the worker. */
import { claimActivities, claimEffects } from './claim.ts';
import { noFailpoint } from './failpoint.ts';
import type { ActivityDeps } from './deps.ts';
import { editionEffects } from './edition.ts';
import type { EffectHandler } from './effects.ts';
import { erasureActivities } from './erasure.ts';
import { guarded } from './invocation.ts';
import type { BodiesOf, Invocation } from './invocation.ts';
import { noticeActivities, noticeEffects } from './notice.ts';
import { orderActivities, orderEffects } from './order.ts';
import { receiptActivities, receiptEffects } from './receipt.ts';
import { repairActivities, repairEffects } from './repair.ts';
import { serviceClockEffects } from './service-clock.ts';
import { suspensionEffects } from './suspension.ts';
import { subscriptionActivities, subscriptionEffects } from './subscription.ts';
import type { Activities } from '../machines/activities.ts';
import type { Effects } from '../machines/effects.ts';

/** A handler for every effect of every machine; the compiler sees to it that none is missing. */
export const effects: { readonly [Name in keyof Effects]: EffectHandler<Effects[Name]> } = {
  ...subscriptionEffects,
  ...orderEffects,
  ...receiptEffects,
  ...noticeEffects,
  ...claimEffects,
  ...serviceClockEffects,
  ...suspensionEffects,
  ...editionEffects,
  ...repairEffects,
};

/** An activity as the worker runs it. */
export type ActivityBody = (input: never, invocation: Invocation) => Promise<unknown>;

/**
 * A body for every activity of every machine. Failpoints: `activity.after:<name>` for all, `erasure.<name>.before` and
 * `.after` for the steps of an erasure.
 */
export function createActivities(deps: Omit<ActivityDeps, 'failpoint'> & Partial<ActivityDeps>): {
  readonly [Name in keyof Activities]: ActivityBody;
} {
  const failpoint = deps.failpoint ?? noFailpoint;
  const all = { ...deps, failpoint };
  const bodies: BodiesOf<keyof Activities> = {
    ...subscriptionActivities(all),
    ...orderActivities(all),
    ...receiptActivities(all),
    ...noticeActivities(all),
    ...repairActivities(all),
    ...erasureActivities(all),
    ...claimActivities(all),
  };
  return {
    assignAccountNumber: guarded('assignAccountNumber', bodies.assignAccountNumber, failpoint),
    issueOrder: guarded('issueOrder', bodies.issueOrder, failpoint),
    askUpgradePrice: guarded('askUpgradePrice', bodies.askUpgradePrice, failpoint),
    postNotice: guarded('postNotice', bodies.postNotice, failpoint),
    matchReference: guarded('matchReference', bodies.matchReference, failpoint),
    awaitReceipts: guarded('awaitReceipts', bodies.awaitReceipts, failpoint),
    assignRmaNumber: guarded('assignRmaNumber', bodies.assignRmaNumber, failpoint),
    askCenterEntitlement: guarded('askCenterEntitlement', bodies.askCenterEntitlement, failpoint),
    chooseServiceCenter: guarded('chooseServiceCenter', bodies.chooseServiceCenter, failpoint),
    stopAccountWorkflows: step('stopAccountWorkflows'),
    fenceAccount: step('fenceAccount'),
    eraseSessionsAndFiles: step('eraseSessionsAndFiles'),
    deleteAccountRows: step('deleteAccountRows'),
    destroyAccountKey: step('destroyAccountKey'),
    deleteAccountExecutions: step('deleteAccountExecutions'),
    assessClaim: guarded('assessClaim', bodies.assessClaim, failpoint),
    askRepairEntitlement: guarded('askRepairEntitlement', bodies.askRepairEntitlement, failpoint),
    issueCertificate: guarded('issueCertificate', around('issueCertificate', bodies.issueCertificate), failpoint),
  };

  function step(name: Exclude<keyof BodiesOf<StepOnAccount>, never>) {
    return guarded(name, around(name, bodies[name]), failpoint);
  }

  function around<Input, Output>(name: string, body: (input: Input, invocation: Invocation) => Promise<Output>) {
    return async (input: Input, invocation: Invocation) => {
      await failpoint(`erasure.${name}.before`);
      const output = await body(input, invocation);
      await failpoint(`erasure.${name}.after`);
      return output;
    };
  }
}

type StepOnAccount =
  | 'stopAccountWorkflows'
  | 'fenceAccount'
  | 'eraseSessionsAndFiles'
  | 'deleteAccountRows'
  | 'destroyAccountKey'
  | 'deleteAccountExecutions';
