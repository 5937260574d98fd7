/**
 * What the local stack writes down about itself, so that after a crash the next start knows what is left of the last:
 * the file state.json in its data folder.
 */
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { signal } from './child.ts';
import { commandOf, identify, isAlive, type ProcessIdentity } from './process-identity.mjs';

/** Set in the environment of every process of a stack to its data folder: how a process is known as this stack's own. */
export const STACK_MARK = 'PACTA_STACK';
const CLEAN_END_MS = 8000;

export interface StackUrls {
  readonly api?: string;
  readonly reference?: string;
  readonly temporalUi?: string;
  readonly mail?: string;
}

interface RecordedProcess extends ProcessIdentity {
  /** Part of its command line, checked before it is ended. */
  readonly command: string;
}

export interface StackState {
  /** The process that started this stack. */
  readonly launcher: number;
  /** Whether all parts serve. */
  readonly ready: boolean;
  readonly urls: StackUrls;
  /** The environment that the worker and the API run with. */
  readonly env: Readonly<Record<string, string>>;
  readonly processes: Readonly<Record<string, RecordedProcess>>;
}

export function lockFile(dataDir: string): string {
  return join(dataDir, 'stack.lock');
}

/** What the last start wrote, or undefined when there is none or it cannot be read. */
export function readState(dataDir: string): StackState | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'state.json'), 'utf8')) as StackState;
  } catch {
    return undefined;
  }
}

export function writeState(dataDir: string, state: StackState): void {
  const file = join(dataDir, 'state.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function forgetState(dataDir: string): void {
  rmSync(join(dataDir, 'state.json'), { force: true });
}

/**
 * Ends what a killed stack has left running: the processes it wrote down, if pid, start time and command still match,
 * and on Linux those that carry its mark. Nothing else is touched.
 * @returns how many processes were ended
 */
export async function endLeftovers(dataDir: string): Promise<number> {
  const recorded = Object.values(readState(dataDir)?.processes ?? {}).filter(
    (process) => isAlive(process) && commandOf(process.pid).includes(process.command),
  );
  const leftovers = new Map<number, ProcessIdentity>(recorded.map((process) => [process.pid, process]));
  for (const process of marked(dataDir)) leftovers.set(process.pid, process);

  // Postgres waits for its clients after SIGTERM, and not after SIGINT.
  for (const { pid } of leftovers.values()) signal(pid, commandOf(pid).includes('postgres -D') ? 'SIGINT' : 'SIGTERM');
  const giveUpAt = Date.now() + CLEAN_END_MS;
  const remaining = (): ProcessIdentity[] => [...leftovers.values()].filter((process) => isAlive(process));
  while (remaining().length > 0 && Date.now() < giveUpAt) await sleep(50);
  for (const { pid } of remaining()) signal(pid, 'SIGKILL');
  while (remaining().length > 0 && Date.now() < giveUpAt + 2000) await sleep(20);
  return leftovers.size;
}

function marked(dataDir: string): ProcessIdentity[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && hasMark(name, dataDir))
    .flatMap((name) => identify(Number(name)) ?? []);
}

function hasMark(pid: string, dataDir: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${STACK_MARK}=${dataDir}`);
  } catch {
    return false;
  }
}
