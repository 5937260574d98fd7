/** How the local stack starts the product's own two processes, which know nothing of it but their environment. */
import { join } from 'node:path';
import type { ChildPlan } from './child.ts';

/** The worker says on its standard output when it polls. */
export function planWorker(root: string, logFile: string): ChildPlan {
  return {
    name: 'the worker',
    ...nodeProcess(root, 'worker.ts', logFile),
    ready: async (log) => Promise.resolve(log().includes('worker ready')),
  };
}

/** The API has a page for its health. */
export function planApi(root: string, logFile: string, url: string): ChildPlan {
  return {
    name: 'the API',
    ...nodeProcess(root, join('api', 'server.ts'), logFile),
    ready: () =>
      fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) }).then(
        ({ ok }) => ok,
        () => false,
      ),
  };
}

function nodeProcess(root: string, script: string, logFile: string): Omit<ChildPlan, 'name' | 'ready'> {
  return {
    command: process.execPath,
    args: [join(root, script)],
    cwd: root,
    env: process.env,
    logFile,
    stopSignal: 'SIGTERM',
    readyWithinMs: 120_000,
  };
}
