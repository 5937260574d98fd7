/**
 * One process of the local stack: started in a group of its own with its output in a log file, known by pid and start
 * time, ended within a bound. The log is a file and not a pipe, so that the process outlives its starter unharmed.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, type ProcessIdentity } from './process-identity.mjs';
import { ELSEWHERE, StackError } from './stack-error.ts';

const LOG_LIMIT_BYTES = 20_000_000;
const READY_POLL_MS = 50;
const LAST_LINES = 15;

export interface ChildPlan {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
  readonly uid?: number;
  readonly gid?: number;
  /** What asks this program to end cleanly. */
  readonly stopSignal: NodeJS.Signals;
  /** Answers once the program serves. `log` is what it has written since this start. */
  readonly ready: (log: () => string) => Promise<boolean>;
  readonly readyWithinMs: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly plan: ChildPlan;
  readonly identity: ProcessIdentity;
  /** Settles when the process has ended, however it ended. */
  readonly exited: Promise<Exit>;
  hasExited(): boolean;
  log(): string;
}

/** Starts the process without waiting for it to serve. */
export async function spawnChild(plan: ChildPlan): Promise<Child> {
  mkdirSync(dirname(plan.logFile), { recursive: true });
  rotate(plan.logFile);
  const output = openSync(plan.logFile, 'a');
  const logStart = statSync(plan.logFile).size;
  let process: ChildProcess;
  try {
    process = spawn(plan.command, [...plan.args], {
      cwd: plan.cwd,
      env: { ...plan.env },
      detached: true,
      stdio: ['ignore', output, output],
      ...(plan.uid === undefined ? {} : { uid: plan.uid, gid: plan.gid }),
    });
  } finally {
    closeSync(output);
  }
  let exit: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    process.once('exit', (code, signal) => {
      exit = { code, signal };
      resolve(exit);
    });
  });
  await new Promise<void>((resolve, reject) => {
    process.once('spawn', resolve);
    process.once('error', (error) =>
      reject(new StackError(`${plan.name} cannot be started: ${error.message}`, { cause: error })),
    );
  });
  const pid = process.pid ?? 0;
  return {
    plan,
    identity: identify(pid) ?? { pid, started: 'ended' },
    exited,
    hasExited: () => exit !== undefined,
    log: () => readFileSync(plan.logFile).subarray(logStart).toString('utf8'),
  };
}

/**
 * Waits until the process serves.
 * @throws {StackError} with the last lines of its log when it ends first or takes too long
 */
export async function untilReady(child: Child): Promise<void> {
  const giveUpAt = Date.now() + child.plan.readyWithinMs;
  const { name, readyWithinMs, ready } = child.plan;
  for (;;) {
    if (child.hasExited()) {
      const { code, signal } = await child.exited;
      const how = signal === null ? `with code ${code}` : `by ${signal}`;
      throw failure(`${name} ended ${how} before it served.`, child);
    }
    if (await ready(child.log)) return;
    if (Date.now() > giveUpAt) {
      throw failure(`${name} does not serve after ${Math.round(readyWithinMs / 1000)} s.`, child);
    }
    await sleep(READY_POLL_MS);
  }
}

/** Asks the process to end, and ends its whole group when it has not within the bound. */
export async function stopChild(child: Child, withinMs: number): Promise<void> {
  if (!child.hasExited()) signal(child.identity.pid, child.plan.stopSignal);
  const ended = await Promise.race([child.exited.then(() => true), sleep(withinMs, false, { ref: false })]);
  if (!ended) killGroup(child);
  await child.exited;
}

/** Ends the process and what it started, now. */
export function killGroup(child: Child): void {
  signal(-child.identity.pid, 'SIGKILL');
}

/** Sends a signal; a process that is gone already is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function failure(what: string, { plan, log }: Child): StackError {
  const lines = log().trimEnd().split('\n').slice(-LAST_LINES);
  const said = lines.join('\n');
  const wayOut = /no space left|disk is full|ENOSPC/i.test(said)
    ? `The disk is full: free some space and start again, or keep everything in another folder: ${ELSEWHERE}`
    : /address already in use|EADDRINUSE/i.test(said)
      ? 'Its port was taken in this moment: start again.'
      : `Its whole log is ${plan.logFile}.`;
  return new StackError(`${what} ${wayOut}`, { log: lines });
}

function rotate(logFile: string): void {
  try {
    if (statSync(logFile).size > LOG_LIMIT_BYTES) renameSync(logFile, `${logFile}.1`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
