/**
 * Builds of the machines, so that a changed machine strands no open instance. A build is the bundle of the workflows, named by
 * a hash of its code. One process runs a Temporal worker for its own build and one for each older build that still has open
 * instances, moves those instances into its own, and drops an older build when nothing of it is left.
 *
 * What an older build needs is its bundle, kept in a folder that outlives deploys; all else is recomputed from Temporal.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Worker, WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Definition } from './definition.ts';
import { RollOut, onBuild } from './roll-out.ts';
import { createMachineWorker } from './worker.ts';
import type { MachineWorkerOptions } from './worker.ts';

/** The server knows no deployments of workers: open instances could not be kept on the build they run on. */
export class VersioningUnsupported extends Error {
  override readonly name = 'VersioningUnsupported';
  constructor(why: string) {
    super(
      `This Temporal server has no Worker Versioning (${why}): use a server of 1.28 or later with system.enableDeploymentVersions`,
    );
  }
}

/** The name of a build, e.g. `b3f1c09a7d52e844`: equal for equal code. */
export function buildIdOf({ code }: WorkflowBundleWithSourceMap): string {
  // The source map holds the sources with comments and where they lie on this machine.
  const executed = code.replace(/\n\/\/# sourceMappingURL=data:[^\n]*\s*$/, '');
  return createHash('sha256').update(executed).digest('hex').slice(0, 16);
}

/** The bundles of builds as files, `<build>.js`. Several processes may share one. */
export class BuildFolder {
  readonly #folder: string;
  constructor(folder: string) {
    this.#folder = folder;
  }

  #file(build: string): string {
    return join(this.#folder, `${build}.js`);
  }

  /** @throws what the file system throws: a build that cannot be kept must not take instances. */
  async keep(build: string, { code }: WorkflowBundleWithSourceMap): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    if ((await this.ids()).includes(build)) return;
    const unfinished = `${this.#file(build)}.${process.pid}`;
    await writeFile(unfinished, code, { flush: true });
    await rename(unfinished, this.#file(build));
  }

  /** Undefined when it is not there. */
  async load(build: string): Promise<WorkflowBundleWithSourceMap | undefined> {
    try {
      return { code: await readFile(this.#file(build), 'utf8'), sourceMap: '' };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** None where the folder itself is not there. */
  async ids(): Promise<readonly string[]> {
    const files = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return files.filter((name) => name.endsWith('.js')).map((name) => name.slice(0, -'.js'.length));
  }

  async remove(build: string): Promise<void> {
    await rm(this.#file(build), { force: true });
  }
}

/** What happens to builds, for the log. */
export type BuildNews =
  | { readonly what: 'current'; readonly build: string }
  | { readonly what: 'serving'; readonly build: string; readonly open: number }
  | {
      readonly what: 'moving';
      readonly build: string;
      readonly open: number;
      readonly asked: number;
      readonly stays: number;
      readonly unknown: number;
    }
  | { readonly what: 'stays'; readonly build: string; readonly instance: string; readonly reasons: readonly string[] }
  | { readonly what: 'dropped'; readonly build: string }
  /** Open instances of this build wait for a bundle that is not in the folder: needs a person. */
  | { readonly what: 'missing'; readonly build: string; readonly open: number }
  /** Tried again by itself. */
  | { readonly what: 'failed'; readonly why: string };

/** What serving several builds at once needs. */
export interface BuildsOptions {
  /** For the client's calls; the worker has a connection of its own. */
  readonly client: Client;
  /** Of the worker of each build; see {@link createMachineWorker}. */
  readonly worker: Omit<MachineWorkerOptions, 'workflowBundle' | 'version'>;
  /** The bundle to run, and the definitions in it. */
  readonly bundle: WorkflowBundleWithSourceMap;
  readonly definitions: readonly Definition[];
  /** Name of the Worker Deployment; one per task queue. */
  readonly deployment: string;
  /** Where bundles are kept. */
  readonly folder: string;
  readonly news?: (news: BuildNews) => void;
  readonly pace?: Partial<BuildPace>;
}

/** Milliseconds and counts. */
export interface BuildPace {
  /** Between two looks while instances are moving. */
  readonly movingMs: number;
  /** Between two looks otherwise. */
  readonly restingMs: number;
  /** An old build is dropped when it had no open instance for this long; visibility lags, so not at once. */
  readonly emptyMs: number;
  /** How long an instance is left alone after it was asked or judged. */
  readonly againAfterMs: number;
  /** Instances judged between two looks. */
  readonly batch: number;
  /** How long the build may take to become the current one. */
  readonly becomingCurrentMs: number;
}

const usualPace: BuildPace = {
  movingMs: 1_000,
  restingMs: 15_000,
  emptyMs: 60_000,
  againAfterMs: 30_000,
  batch: 100,
  becomingCurrentMs: 60_000,
};

/** Workers of this process, one per build. */
export interface ServedBuilds {
  /** The build of this process. */
  readonly build: string;
  /** All builds served now. */
  serving(): readonly string[];
  /** Settles when the worker of this process's build has ended: after {@link stop}, or with its failure. */
  readonly ended: Promise<void>;
  /** Lets all workers finish what they do. Safe to call again. */
  stop(): Promise<void>;
}

/**
 * Serves the bundle as the current build, and every older one that has open instances. Answers when new instances start on
 * this build.
 *
 * @throws VersioningUnsupported, MissingHandlers
 */
export async function serveBuilds(options: BuildsOptions): Promise<ServedBuilds> {
  const builds = new Builds(options);
  try {
    await builds.start();
  } catch (error) {
    await builds.stop();
    throw error;
  }
  return builds;
}

interface Served {
  readonly bundle: WorkflowBundleWithSourceMap;
  readonly worker: Worker;
  readonly running: Promise<void>;
  rollOut: RollOut | undefined;
}

/** gRPC codes that matter here. */
const grpc = { invalidArgument: 3, notFound: 5, permissionDenied: 7, unimplemented: 12 };
/** `VersionDrainageStatus`: no open instance is pinned to it. */
const drained = 2;

class Builds implements ServedBuilds {
  readonly build: string;
  ended: Promise<void> = Promise.resolve();
  readonly #options: BuildsOptions;
  readonly #pace: BuildPace;
  readonly #folder: BuildFolder;
  readonly #served = new Map<string, Served>();
  readonly #missing = new Set<string>();
  readonly #emptySince = new Map<string, number>();
  readonly #told = new Map<string, string>();
  readonly #leaving = new AbortController();
  #watching: Promise<void> = Promise.resolve();

  constructor(options: BuildsOptions) {
    this.#options = options;
    this.#pace = { ...usualPace, ...options.pace };
    this.#folder = new BuildFolder(options.folder);
    this.build = buildIdOf(options.bundle);
  }

  async start(): Promise<void> {
    await this.#describe();
    await this.#folder.keep(this.build, this.#options.bundle);
    const own = await this.#serve(this.build, this.#options.bundle);
    this.ended = own.running;
    // Whoever waits for `ended` hears of it; before that the failure shows as a build that does not become current.
    own.running.catch(() => {});
    await Promise.race([this.#becomeCurrent(), own.running]);
    this.#watching = this.#watch();
  }

  serving(): readonly string[] {
    return [...this.#served.keys()];
  }

  async stop(): Promise<void> {
    this.#leaving.abort();
    await this.#watching;
    await Promise.all([...this.#served].map(([build, { worker, running }]) => this.#end(build, worker, running)));
  }

  async #serve(build: string, bundle: WorkflowBundleWithSourceMap): Promise<Served> {
    const version = { deploymentName: this.#options.deployment, buildId: build };
    const worker = await createMachineWorker({ ...this.#options.worker, workflowBundle: bundle, version });
    const served: Served = { bundle, worker, running: worker.run(), rollOut: undefined };
    this.#served.set(build, served);
    return served;
  }

  async #end(build: string, worker: Worker, running: Promise<void>): Promise<void> {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running.catch(() => {});
    this.#served.delete(build);
  }

  /** The deployment as the server knows it; undefined before its first worker. */
  async #describe() {
    const { client, deployment: deploymentName, worker } = this.#options;
    try {
      const { workerDeploymentInfo } = await client.workflowService.describeWorkerDeployment({
        namespace: worker.namespace,
        deploymentName,
      });
      return workerDeploymentInfo ?? undefined;
    } catch (error) {
      if (codeOf(error) === grpc.notFound) return undefined;
      throw unsupported(error) ?? error;
    }
  }

  async #becomeCurrent(): Promise<void> {
    const { client, deployment: deploymentName, worker, news } = this.#options;
    // It is already, after a restart: one that follows a crash has no time to lose.
    const before = await this.#describe();
    if (before?.routingConfig?.currentDeploymentVersion?.buildId === this.build) {
      news?.({ what: 'current', build: this.build });
      return;
    }
    const giveUpAt = Date.now() + this.#pace.becomingCurrentMs;
    for (let wait = 20; ; wait = Math.min(wait * 1.5, 500)) {
      try {
        await client.workflowService.setWorkerDeploymentCurrentVersion({
          namespace: worker.namespace,
          deploymentName,
          buildId: this.build,
          // An older build's worker is not asked for: this deployment has one task queue.
          ignoreMissingTaskQueues: true,
        });
        news?.({ what: 'current', build: this.build });
        return;
      } catch (error) {
        const final = unsupported(error);
        // Not found until the worker has polled; anything else may be a server that is just coming up.
        if (final || this.#leaving.signal.aborted || Date.now() > giveUpAt) throw final ?? error;
        await sleep(wait);
      }
    }
  }

  async #watch(): Promise<void> {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      const isMoving = await this.#look().catch((error: unknown) => this.#failed(error));
      const pause = isMoving ? this.#pace.movingMs : this.#pace.restingMs;
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
  }

  /** One build that fails holds up no other one. */
  #failed(error: unknown): true {
    this.#options.news?.({ what: 'failed', why: error instanceof Error ? error.message : String(error) });
    return true;
  }

  /** @returns whether to look again soon */
  async #look(): Promise<boolean> {
    const info = await this.#describe();
    const isCurrent = info?.routingConfig?.currentDeploymentVersion?.buildId === this.build;
    const versions = info?.versionSummaries ?? [];
    const isDrained = new Set(
      versions
        .filter(({ drainageInfo }) => drainageInfo?.status === drained)
        .map(({ deploymentVersion }) => deploymentVersion?.buildId),
    );
    const kept = await this.#folder.ids();
    // Another process may have found one empty before anything started on it, and anybody may clear the folder: without their
    // bundles the instances would not wake after the next start.
    for (const [build, { bundle }] of this.#served) if (!kept.includes(build)) await this.#folder.keep(build, bundle);
    const known = new Set([
      ...versions.flatMap(({ deploymentVersion }) => deploymentVersion?.buildId || []),
      ...this.#served.keys(),
      ...kept,
    ]);
    known.delete(this.build);
    let soon = false;
    for (const build of known) {
      if (this.#leaving.signal.aborted) return false;
      // The server's word that nothing is left; a bundle in the folder is still to be dropped.
      if (isDrained.has(build) && !this.#served.has(build) && !kept.includes(build)) continue;
      soon = (await this.#lookAfter(build, isCurrent).catch((error: unknown) => this.#failed(error))) || soon;
    }
    return soon;
  }

  async #lookAfter(build: string, isCurrent: boolean): Promise<boolean> {
    const { client, deployment, definitions, news } = this.#options;
    const { count: open } = await client.workflow.count(
      `${onBuild(deployment, build)} AND ExecutionStatus = 'Running'`,
    );
    let served = this.#served.get(build);
    if (open === 0) return await this.#empty(build, served, isCurrent);
    // A process of older code may lack what the activities of a newer build are: it goes on with those that it has.
    if (!served && isCurrent) served = await this.#serveOlder(build, open);
    this.#emptySince.delete(build);
    if (!served) return false;
    // Another process has made another build the current one: that one moves them.
    if (!isCurrent) return false;
    served.rollOut ??= new RollOut(build, {
      client,
      deployment,
      definitions,
      build: this.build,
      batch: this.#pace.batch,
      againAfterMs: this.#pace.againAfterMs,
    });
    const { asked, stays, unknown } = await served.rollOut.pass();
    for (const [instance, reasons] of stays) {
      if (this.#told.get(instance) === reasons.join()) continue;
      this.#told.set(instance, reasons.join());
      news?.({ what: 'stays', build, instance, reasons });
    }
    if (asked > 0 || unknown.size > 0) {
      news?.({ what: 'moving', build, open, asked, stays: stays.size, unknown: unknown.size });
    }
    return open > stays.size;
  }

  async #serveOlder(build: string, open: number): Promise<Served | undefined> {
    const { news } = this.#options;
    const bundle = await this.#folder.load(build);
    if (!bundle) {
      if (!this.#missing.has(build)) news?.({ what: 'missing', build, open });
      this.#missing.add(build);
      return undefined;
    }
    this.#missing.delete(build);
    const served = await this.#serve(build, bundle);
    // One that fails is started again at the next look.
    served.running.catch((error: unknown) => {
      this.#served.delete(build);
      news?.({ what: 'failed', why: `the worker of build ${build}: ${String(error)}` });
    });
    news?.({ what: 'serving', build, open });
    return served;
  }

  async #empty(build: string, served: Served | undefined, isCurrent: boolean): Promise<boolean> {
    const isKept = (await this.#folder.ids()).includes(build);
    if (!served && !(isKept && isCurrent)) return false;
    const since = this.#emptySince.get(build) ?? Date.now();
    this.#emptySince.set(build, since);
    if (Date.now() - since < this.#pace.emptyMs) return true;
    if (served) await this.#end(build, served.worker, served.running);
    if (isCurrent) await this.#folder.remove(build);
    this.#emptySince.delete(build);
    this.#options.news?.({ what: 'dropped', build });
    return false;
  }
}

function unsupported(error: unknown): VersioningUnsupported | undefined {
  const code = codeOf(error);
  if (code !== grpc.unimplemented && code !== grpc.permissionDenied && code !== grpc.invalidArgument) return undefined;
  return new VersioningUnsupported((error as { details?: string }).details ?? String(error));
}

function codeOf(error: unknown): number | undefined {
  return (error as { code?: number } | undefined)?.code;
}
