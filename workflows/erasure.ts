/** The deletion of an account and all data under it: id `erasure-<accountId>`. No tenant: it works behind the fence. */
import { durable } from '../engine/durable.ts';
import { erasureEvents, erasureMachine } from '../machines/erasure.ts';
import { shared } from './durable-options.ts';

export const erasure = durable(erasureMachine, {
  ...shared,
  events: erasureEvents,
  version: '1',
  title: ({ reason, clause }) => `Erasure: ${reason} (${clause})`,
  activities: {
    stopAccountWorkflows: { startToCloseSeconds: 120, heartbeatSeconds: 5 },
    eraseSessionsAndFiles: { startToCloseSeconds: 120, heartbeatSeconds: 5 },
    deleteAccountRows: { startToCloseSeconds: 120, heartbeatSeconds: 5 },
    destroyAccountKey: { startToCloseSeconds: 120, heartbeatSeconds: 5 },
    deleteAccountExecutions: { startToCloseSeconds: 180, heartbeatSeconds: 5 },
  },
});
