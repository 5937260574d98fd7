import { CancellationScope } from '@temporalio/workflow';

/** A scope that only its owner cancels, wherever it is made: handlers run under the workflow's own. Sandbox half. */
export function ownScope(): CancellationScope {
  return new CancellationScope({ cancellable: true, parent: new CancellationScope({ cancellable: false }) });
}
