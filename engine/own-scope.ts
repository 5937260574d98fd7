/** Scopes of cancellation that do not depend on who calls. Sandbox half. */
import { AsyncLocalStorage, CancellationScope } from '@temporalio/workflow';

/** A scope that only its owner cancels, wherever it is made: handlers run under the workflow's own. */
export function ownScope(): CancellationScope {
  return new CancellationScope({ cancellable: true, parent: new CancellationScope({ cancellable: false }) });
}

/** What runs work later as if it were called here; `CancellationScope.run` would do so too, at the price of promises. */
export function inThisScope(): (work: () => void) => void {
  // The SDK's class is Node's, and its type leaves this out.
  return (AsyncLocalStorage as unknown as { snapshot(): (work: () => void) => void }).snapshot();
}
