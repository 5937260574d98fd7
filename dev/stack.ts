/**
 * The local stack: Postgres, Temporal, mail catcher, worker and API as processes of this machine. `npm start`, the demo
 * and the tests all start it here. A composition of what runs elsewhere as a deployment; nothing in the product knows it.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  killGroup,
  signal,
  spawnChild,
  stopChild,
  untilReady,
  type Child,
  type ChildPlan,
  type Exit,
} from './child.ts';
import { lockHolder, tryLock } from './lock.mjs';
import { commandOf } from './process-identity.mjs';
import { accepts, ensureDatabase } from './postgres.ts';
import { ELSEWHERE, explain, StackError } from './stack-error.ts';
import { ALL_PARTS, layOut, type PartName, type StackParts } from './stack-parts.ts';
import { chooseStackPorts, type PortName } from './stack-ports.ts';
import { endLeftovers, forgetState, lockFile, readState, STACK_MARK, writeState, type StackUrls } from './state.ts';
import { findTemporal, type FoundTemporal } from './temporal.ts';

export const PROJECT_ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

export type { PartName };

const DYING_MS = 1000;
const CLEARING_UP_MS = 12_000;
const STOP_FIRST_MS = 4500;
const STOP_LAST_MS = 3500;
const RESTART_FIRST_MS = 250;
const RESTART_LAST_MS = 10_000;
const HEALTHY_AFTER_MS = 30_000;

export interface StackProgress {
  readonly part: PartName | 'stack';
  readonly text: string;
  /** Set once when the part serves. */
  readonly ready?: boolean;
}

export interface StackOptions {
  /** Everything the stack keeps is in this folder; two stacks never share one. */
  readonly dataDir: string;
  /** Ports to use and no others. 0 takes any free one. Without a number, the usual one or the next that is free. */
  readonly ports?: Partial<Record<PortName, number>>;
  /** Take any free ports, for stacks beside each other: the default of parts that `ports` does not name. */
  readonly anyPorts?: boolean;
  /** Parts to start; all by default. */
  readonly only?: readonly PartName[];
  /** The environment to build on; that of this process by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly onProgress?: (progress: StackProgress) => void;
  /** False only in tests, whose data may be lost with the power. */
  readonly fsync?: boolean;
  /** Remove the folder when the stack ends, however it ends: for tests. */
  readonly temporary?: boolean;
  /** Start a part again when it ends by itself. */
  readonly restart?: boolean;
  /** Calls the start off: what runs already is stopped, and `startStack` throws. Without effect once it has answered. */
  readonly signal?: AbortSignal;
}

export interface Stack {
  readonly dataDir: string;
  readonly urls: StackUrls;
  /** The environment of the worker and the API: `loadConfig(stack.env)` is their configuration. */
  readonly env: Readonly<Record<string, string>>;
  /** Which Temporal server was taken, when this stack has one. */
  readonly temporal: FoundTemporal | undefined;
  /** Sends a signal (SIGKILL by default) to a part, waits until it has ended, and leaves it down. */
  kill(name: PartName, signal?: NodeJS.Signals): Promise<void>;
  /** Starts a part that is down, with variables on top of `env`, and waits until it serves. */
  start(name: PartName, extra?: Readonly<Record<string, string>>): Promise<void>;
  /** Settles when the running process of a part ends, by whatever cause. */
  exited(name: PartName): Promise<Exit>;
  /** Process id of a part that runs. */
  pid(name: PartName): number | undefined;
  /** What the part has written since it was last started. */
  log(name: PartName): string;
  /** Ends everything, cleanly where it can be in 8 s. Safe to call again. */
  stop(): Promise<void>;
  /** Ends everything at once. */
  abort(): void;
}

/**
 * Starts the stack and answers when every part serves. Clears up first what a killed one has left in the folder.
 * @throws {StackError} with the way out, after stopping what was started already
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  try {
    mkdirSync(options.dataDir, { recursive: true });
    const dataDir = realpathSync(options.dataDir);
    const release = await takeFolder(dataDir);
    const running = new RunningStack(dataDir, options, release);
    try {
      await Promise.race([running.launch(), calledOff(options.signal)]);
      return running;
    } catch (error) {
      await running.stop();
      throw error;
    }
  } catch (error) {
    throw explain(error);
  }
}

function calledOff(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => reject(new StackError('The start was called off.'));
    if (signal?.aborted) fail();
    signal?.addEventListener('abort', fail, { once: true });
  });
}

/** A launcher that was just killed needs a moment to be gone, and its reaper a few seconds to clear up behind it. */
async function takeFolder(dataDir: string): Promise<() => void> {
  const askedAt = Date.now();
  for (;;) {
    const release = tryLock(lockFile(dataDir));
    if (release !== undefined) return release;
    const holder = lockHolder(lockFile(dataDir));
    const isClearingUp = holder !== undefined && commandOf(holder.pid).includes('reaper.ts');
    if (Date.now() - askedAt > (isClearingUp ? CLEARING_UP_MS : DYING_MS)) throw alreadyRunning(dataDir);
    await sleep(50);
  }
}

function alreadyRunning(dataDir: string): StackError {
  const pid = lockHolder(lockFile(dataDir))?.pid;
  const state = readState(dataDir);
  const { api, temporalUi, mail } = state?.ready && state.launcher === pid ? state.urls : {};
  const urls = [api, temporalUi, mail].filter((url) => url !== undefined).join(', ');
  const where = urls === '' ? 'It is still starting.' : `It serves at ${urls}.`;
  return new StackError(
    `The stack of this folder is running already (process ${pid}). ${where} Stop it with Ctrl-C there, or start another beside it: ${ELSEWHERE}`,
  );
}

class RunningStack implements Stack {
  readonly dataDir: string;
  urls: StackUrls = {};
  env: Readonly<Record<string, string>> = {};
  temporal: FoundTemporal | undefined;

  readonly #options: StackOptions;
  readonly #releaseLock: () => void;
  #plans: StackParts['plans'] = new Map();
  readonly #children = new Map<PartName, Child>();
  readonly #down = new Set<PartName>();
  readonly #crashes = new Map<PartName, number>();
  #ready = false;
  #stopping: Promise<void> | undefined;
  #reaper: { end: () => void } | undefined;

  constructor(dataDir: string, options: StackOptions, releaseLock: () => void) {
    this.dataDir = dataDir;
    this.#options = options;
    this.#releaseLock = releaseLock;
  }

  async launch(): Promise<void> {
    const outer = this.#outer();
    const ended = await endLeftovers(this.dataDir);
    forgetState(this.dataDir);
    if (ended > 0)
      this.#tell('stack', `ended ${ended} ${ended === 1 ? 'process' : 'processes'} that the last run left behind`);
    this.#startReaper();

    const tell = (text: string): void => this.#tell('temporal', text);
    if (this.#wants('temporal')) {
      this.temporal = await findTemporal({ ...outer, [STACK_MARK]: this.dataDir }, PROJECT_ROOT, tell);
    }
    const { temporal } = this;
    const given = { postgres: Boolean(outer.DATABASE_URL), temporal: temporal?.source === 'address' };
    const starts = ALL_PARTS.filter(
      (part) => this.#wants(part) && !(part in given && given[part as keyof typeof given]),
    );
    const { ports: asked = {}, anyPorts = false, fsync = true } = this.#options;
    const ports = await chooseStackPorts({ starts, asked, anyPorts, env: outer });
    const parts = layOut({ root: PROJECT_ROOT, dataDir: this.dataDir, starts, ports, temporal, fsync, outer });
    this.env = parts.env;
    this.urls = parts.urls;
    this.#plans = parts.plans;

    await this.#startServers(parts.serverUrl, outer.DATABASE_URL);
    await this.#startAll(['worker', 'api']);
    this.#ready = true;
    this.#record();
  }

  async kill(name: PartName, kind: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#children.get(name);
    this.#down.add(name);
    if (child === undefined) return;
    if (!child.hasExited()) signal(child.identity.pid, kind);
    await child.exited;
  }

  async start(name: PartName, extra: Readonly<Record<string, string>> = {}): Promise<void> {
    const plan = await this.#plans.get(name)?.();
    if (this.#stopping !== undefined) throw new StackError('The stack is being stopped.');
    if (plan === undefined) throw new StackError(`This stack has no ${name}.`);
    const running = this.#children.get(name);
    if (running !== undefined && !running.hasExited()) throw new StackError(`${plan.name} runs already.`);
    const env = { ...this.#inherited(plan), ...this.env, [STACK_MARK]: this.dataDir, ...extra };
    const child = await spawnChild({ ...plan, env });
    this.#children.set(name, child);
    this.#down.delete(name);
    if (this.#stopping !== undefined) killGroup(child);
    else this.#record();
    await untilReady(child);
    this.#tell(name, `${plan.name} serves`, true);
    this.#watch(name, child);
  }

  exited(name: PartName): Promise<Exit> {
    const child = this.#children.get(name);
    if (child === undefined) throw new StackError(`This stack has no ${name}.`);
    return child.exited;
  }

  pid(name: PartName): number | undefined {
    const child = this.#children.get(name);
    return child === undefined || child.hasExited() ? undefined : child.identity.pid;
  }

  log(name: PartName): string {
    return this.#children.get(name)?.log() ?? '';
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  abort(): void {
    this.#stopping ??= Promise.resolve();
    for (const child of this.#children.values()) killGroup(child);
    this.#leave();
  }

  async #stop(): Promise<void> {
    // What uses a server goes before it, so that nothing complains of its absence.
    await this.#stopAll(['api', 'worker'], STOP_FIRST_MS);
    await this.#stopAll(['mail', 'temporal', 'postgres'], STOP_LAST_MS);
    this.#leave();
  }

  #leave(): void {
    forgetState(this.dataDir);
    this.#releaseLock();
    this.#reaper?.end();
    if (this.#options.temporary === true) rmSync(this.dataDir, { recursive: true, force: true });
  }

  async #stopAll(names: readonly PartName[], withinMs: number): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        const child = this.#children.get(name);
        if (child !== undefined) await stopChild(child, withinMs);
      }),
    );
  }

  async #startServers(serverUrl: string | undefined, givenUrl: string | undefined): Promise<void> {
    const migrates = this.#wants('worker') || this.#wants('api');
    const database = async (): Promise<void> => {
      if (serverUrl !== undefined) {
        await this.#startAll(['postgres']);
        await ensureDatabase(serverUrl);
      } else if (givenUrl && !(await accepts(givenUrl))) {
        throw new StackError(`No Postgres answers at DATABASE_URL. Mend it, or unset it to have one started here.`);
      }
      const url = this.env.DATABASE_URL;
      if (!migrates || url === undefined) return;
      const { migrate } = await import('../db/migrate.ts');
      const applied = await migrate(url);
      this.#tell(
        'postgres',
        applied.length === 0 ? 'the schema is up to date' : `applied ${applied.length} migrations`,
      );
    };
    // The first to fail decides; the others are let finish, so that none starts behind the clearing up.
    const outcomes = await Promise.allSettled([database(), this.#startAll(['temporal']), this.#startAll(['mail'])]);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #startAll(names: readonly PartName[]): Promise<void> {
    const planned = names.filter((name) => this.#plans.has(name));
    const outcomes = await Promise.allSettled(planned.map((name) => this.start(name)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  #watch(name: PartName, child: Child): void {
    const startedAt = Date.now();
    void child.exited.then(({ code, signal: by }) => {
      if (this.#options.restart !== true || this.#isLeftDown(name)) return;
      const isHealthy = Date.now() - startedAt > HEALTHY_AFTER_MS;
      this.#tell(name, `${child.plan.name} ended (${by ?? `code ${code}`}); starting it again`);
      void this.#revive(name, isHealthy ? 0 : (this.#crashes.get(name) ?? 0));
    });
  }

  /** Tries until it succeeds, at growing intervals: `crashes` in a row have gone before. */
  async #revive(name: PartName, crashes: number): Promise<void> {
    for (let count = crashes; ; count += 1) {
      this.#crashes.set(name, count + 1);
      await sleep(Math.min(RESTART_FIRST_MS * 2 ** count, RESTART_LAST_MS), undefined, { ref: false });
      if (this.#isLeftDown(name)) return;
      try {
        await this.start(name);
        return;
      } catch (error) {
        if (this.#isLeftDown(name)) return;
        this.#tell(name, `${explain(error).message} Trying again.`);
        const child = this.#children.get(name);
        if (child !== undefined) await stopChild(child, STOP_LAST_MS);
      }
    }
  }

  #isLeftDown(name: PartName): boolean {
    return this.#stopping !== undefined || this.#down.has(name);
  }

  #startReaper(): void {
    const script = join(PROJECT_ROOT, 'dev', 'reaper.ts');
    const keeps = this.#options.temporary === true ? 'temporary' : 'kept';
    const reaper = spawn(process.execPath, [script, this.dataDir, String(process.pid), keeps], {
      cwd: PROJECT_ROOT,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    reaper.unref();
    reaper.on('error', () => undefined);
    reaper.stdin.on('error', () => undefined);
    this.#reaper = { end: () => reaper.kill('SIGKILL') };
  }

  #record(): void {
    const processes = [...this.#children].map(([name, { identity, plan }]) => [
      name,
      { ...identity, command: plan.args.find((arg) => arg.includes('/') || arg.includes('\\')) ?? plan.command },
    ]);
    writeState(this.dataDir, {
      launcher: process.pid,
      ready: this.#ready,
      urls: this.urls,
      env: this.env,
      processes: Object.fromEntries(processes),
    });
  }

  #tell(part: StackProgress['part'], text: string, ready = false): void {
    this.#options.onProgress?.({ part, text, ...(ready ? { ready } : {}) });
  }

  /** A worker of the local server gets no address, key or certificate that the user keeps for another cluster. */
  #inherited(plan: ChildPlan): ChildPlan['env'] {
    if (this.temporal === undefined || this.temporal.source === 'address') return plan.env;
    return Object.fromEntries(Object.entries(plan.env).filter(([name]) => !name.startsWith('TEMPORAL_')));
  }

  #wants(part: PartName): boolean {
    return (this.#options.only ?? ALL_PARTS).includes(part);
  }

  #outer(): Readonly<Record<string, string | undefined>> {
    return this.#options.env ?? process.env;
  }
}
