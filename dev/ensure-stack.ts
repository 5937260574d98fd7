/** For what needs a stack and does not care who started it, such as the demo: the one that runs, or a new one. */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockHolder } from './lock.mjs';
import { PROJECT_ROOT, startStack, type StackOptions } from './stack.ts';
import { StackError } from './stack-error.ts';
import { lockFile, readState, type StackUrls } from './state.ts';

const OTHERS_START_MS = 15 * 60_000;

export const DEFAULT_DATA_DIR = join(PROJECT_ROOT, '.pacta');

export interface StackInUse {
  readonly urls: StackUrls;
  /** The environment of its worker and API; the operator key and the bank's secret are in it. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether this call started it. */
  readonly started: boolean;
  /** Stops it if this call started it, else does nothing. */
  stop(): Promise<void>;
}

/** The running stack of the folder, waited for while it starts; or a new one, which the caller stops. */
export async function ensureStack(options: Partial<StackOptions> = {}): Promise<StackInUse> {
  const dataDir = options.dataDir ?? DEFAULT_DATA_DIR;
  const running = await runningStack(dataDir);
  if (running !== undefined) return { ...running, started: false, stop: () => Promise.resolve() };
  const stack = await startStack({ restart: true, ...options, dataDir });
  return { urls: stack.urls, env: stack.env, started: true, stop: () => stack.stop() };
}

async function runningStack(dataDir: string): Promise<Pick<StackInUse, 'urls' | 'env'> | undefined> {
  const giveUpAt = Date.now() + OTHERS_START_MS;
  for (;;) {
    let folder: string;
    try {
      folder = realpathSync(dataDir);
    } catch {
      return undefined;
    }
    const holder = lockHolder(lockFile(folder));
    if (holder === undefined) return undefined;
    const state = readState(folder);
    if (state?.ready && state.launcher === holder.pid) return { urls: state.urls, env: state.env };
    if (Date.now() > giveUpAt)
      throw new StackError(`Process ${holder.pid} has been starting this stack for too long. Stop it and try again.`);
    await sleep(200);
  }
}
