/**
 * Judges the open instances of a deployment against the definitions of this build, and asks those that fit to move. It keeps
 * nothing of its own: who is still to move is what Temporal's visibility says, so it may be killed and run again anywhere.
 */
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { Definition } from './definition.ts';
import { planMigration } from './migration.ts';
import type { PlannedMove } from './migration.ts';
import { names } from './protocol.ts';
import type { KeptAnswer, MoveRequest } from './protocol.ts';

/** An instance is asked by query, and what its worker has to replay for that may be long. Milliseconds. */
const queryTimeoutMs = 15_000;
const concurrency = 8;

/** What visibility lists: an open run. */
export interface OpenRun {
  readonly id: string;
  readonly runId: string;
  readonly machine: string;
}

/** An instance, and whether it can move. */
export interface Judged extends PlannedMove {
  /** What was judged; absent when the instance did not say what it is. */
  readonly shape?: string;
}

/** Open runs of a visibility query, in no order. */
export async function* openRuns(client: Client, query: string): AsyncIterable<OpenRun> {
  const found = client.workflow.list({ query: `${query} AND ExecutionStatus = 'Running'`, pageSize: 200 });
  for await (const { workflowId: id, runId, type: machine } of found) yield { id, runId, machine };
}

/** The instances on a build of a deployment. */
export function onBuild(deployment: string, build: string): string {
  return `TemporalWorkerDeploymentVersion = '${deployment}:${build}'`;
}

/**
 * Whether the instance could go on in this build's definition, and if not why.
 *
 * @returns undefined when it is gone.
 * @throws what the query throws, e.g. when no worker serves its build: the verdict is not known then.
 */
export async function judge(
  client: Client,
  definitions: readonly Definition[],
  { id, machine }: OpenRun,
): Promise<Judged | undefined> {
  const definition = definitions.find((one) => one.machineName === machine);
  const handle = client.workflow.getHandle(id);
  try {
    const { shape, ...kept } = await client.withDeadline(Date.now() + queryTimeoutMs, () =>
      handle.query<KeptAnswer>(names.kept),
    );
    if (!definition) {
      const reasons = [`there is no machine '${machine}' any more`];
      return { id, machine, from: kept.version, to: '', moves: false, reasons, shape };
    }
    const [plan] = planMigration(definition, { [id]: kept });
    return { ...plan!, shape };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** How far a roll-out is, in numbers of instances. */
export interface RollOutProgress {
  /** Open instances that were seen on the old build. */
  readonly seen: number;
  /** Asked to move in this pass. */
  readonly asked: number;
  /** Cannot move, by instance. */
  readonly stays: ReadonlyMap<string, readonly string[]>;
  /** Could not be judged now, by instance. */
  readonly unknown: ReadonlyMap<string, string>;
}

/** What a roll-out works with. */
export interface RollOutOptions {
  readonly client: Client;
  readonly deployment: string;
  readonly definitions: readonly Definition[];
  /** Where to. */
  readonly build: string;
  /** At most this many instances are judged in one pass. */
  readonly batch: number;
  /** How long an instance is left alone after it was asked or judged, in milliseconds. */
  readonly againAfterMs: number;
}

/** Moves the instances of one old build, a bounded batch at a time. */
export class RollOut {
  readonly #options: RollOutOptions;
  readonly #from: string;
  readonly #leftAlone = new Map<string, number>();
  readonly #stays = new Map<string, readonly string[]>();

  constructor(from: string, options: RollOutOptions) {
    this.#from = from;
    this.#options = options;
  }

  /** Judges and asks the next batch. */
  async pass(): Promise<RollOutProgress> {
    const { client, deployment, batch, againAfterMs } = this.#options;
    const now = Date.now();
    const next: OpenRun[] = [];
    const present = new Set<string>();
    const ids = new Set<string>();
    let seen = 0;
    for await (const run of openRuns(client, onBuild(deployment, this.#from))) {
      seen += 1;
      present.add(run.runId);
      ids.add(run.id);
      const last = this.#leftAlone.get(run.runId);
      if (last !== undefined && now - last < againAfterMs) continue;
      next.push(run);
      if (next.length === batch) break;
    }
    if (next.length < batch) {
      for (const runId of this.#leftAlone.keys()) if (!present.has(runId)) this.#leftAlone.delete(runId);
      for (const id of this.#stays.keys()) if (!ids.has(id)) this.#stays.delete(id);
    }
    const unknown = new Map<string, string>();
    let asked = 0;
    const one = async (run: OpenRun): Promise<void> => {
      this.#leftAlone.set(run.runId, now);
      try {
        if (await this.#ask(run)) asked += 1;
      } catch (error) {
        unknown.set(run.id, error instanceof Error ? error.name : 'not an error');
      }
    };
    const lanes = Array.from({ length: concurrency }, async () => {
      for (let run = next.shift(); run; run = next.shift()) await one(run);
    });
    await Promise.all(lanes);
    return { seen, asked, stays: this.#stays, unknown };
  }

  /** @returns whether it was asked to move */
  async #ask(run: OpenRun): Promise<boolean> {
    const { client, definitions, build } = this.#options;
    const verdict = await judge(client, definitions, run);
    if (!verdict || verdict.shape === undefined) return false;
    const { shape, moves, reasons } = verdict;
    const known = this.#stays.get(run.id);
    if (moves) this.#stays.delete(run.id);
    else this.#stays.set(run.id, reasons);
    // It is told once why it stays: each signal is written into its history.
    if (!moves && known?.join() === reasons.join()) return false;
    const request: MoveRequest = moves ? { build, shape } : { build, stays: reasons };
    await client.workflow
      .getHandle(run.id, run.runId)
      .signal(names.move, request)
      .catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      });
    return moves;
  }
}
