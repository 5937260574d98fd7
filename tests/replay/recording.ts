/**
 * Recorded lives of instances: `recordings/<machine>-<version>/<name>.<run>.bin.gz` is the history of one run, and
 * `kept.json` beside it is what the instance would have taken along at points of its life. Made by `npm run record-histories`.
 *
 * In binary, because Temporal's JSON of histories fails where npm nests several copies of protobufjs.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { KeptInstance } from '../../engine/migration.ts';

const { History } = proto.temporal.api.history.v1;
export type History = ReturnType<typeof History.decode>;
type Events = NonNullable<Parameters<typeof History.encode>[0]['events']>;

const FOLDER = fileURLToPath(new URL('./recordings', import.meta.url));

export interface Recording {
  /** `<machine>-<version>/<name>.<run>`. */
  readonly name: string;
  readonly machine: string;
  readonly version: string;
  readonly workflowId: string;
  readonly history: History;
}

/** What a run did: in replay the same has to come out, in the same order. */
export interface Doings {
  /** Activities with their input, as JSON; each commit is one, and its records hold states, contexts and effects. */
  readonly activities: string[];
  /** Answers to events, by update id. */
  readonly answers: { [id: string]: string };
  /** What the run hands over to the next one. */
  readonly carried: string[];
}

export function readRecordings(): readonly Recording[] {
  return readdirSync(FOLDER).flatMap((folder) => {
    const [, machine = '', version = ''] = /^(.*)-([^-]+)$/.exec(folder) ?? [];
    const files = readdirSync(join(FOLDER, folder)).filter((file) => file.endsWith('.bin.gz'));
    return files.toSorted().map((file) => {
      const history = History.decode(gunzipSync(readFileSync(join(FOLDER, folder, file))));
      const workflowId = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? '';
      return { name: `${folder}/${file.replace(/\.bin\.gz$/, '')}`, machine, version, workflowId, history };
    });
  });
}

/** What instances of released versions kept at points of their life, by `<machine>-<version>/<point>`. */
export function readKept(): readonly { machine: string; version: string; kept: { [point: string]: KeptInstance } }[] {
  return readdirSync(FOLDER).map((folder) => {
    const [, machine = '', version = ''] = /^(.*)-([^-]+)$/.exec(folder) ?? [];
    const kept = JSON.parse(readFileSync(join(FOLDER, folder, 'kept.json'), 'utf8')) as {
      [point: string]: KeptInstance;
    };
    return { machine, version, kept };
  });
}

/** Replaces what was recorded of this version of the machine. */
export function writeRecordings(
  machine: string,
  version: string,
  runs: { readonly [name: string]: { readonly events?: Events | null } },
  kept: { readonly [point: string]: KeptInstance },
): number {
  const folder = join(FOLDER, `${machine}-${version}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  let bytes = 0;
  for (const [name, history] of Object.entries(runs)) {
    const file = gzipSync(History.encode({ events: history.events ?? [] }).finish(), { level: 9 });
    bytes += file.length;
    writeFileSync(join(folder, `${name}.bin.gz`), file);
  }
  writeFileSync(join(folder, 'kept.json'), `${JSON.stringify(kept, null, 1)}\n`);
  return bytes;
}

/** What the history says that was done. */
export function doingsIn({ events }: History): Doings {
  const doings: Doings = { activities: [], answers: {}, carried: [] };
  const ids = new Map<string, string>();
  for (const event of events) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      doings.activities.push(JSON.stringify([scheduled.activityType?.name, valuesOf(scheduled.input?.payloads)]));
    }
    const accepted = event.workflowExecutionUpdateAcceptedEventAttributes;
    if (accepted) ids.set(String(event.eventId), accepted.protocolInstanceId ?? '');
    const completed = event.workflowExecutionUpdateCompletedEventAttributes;
    if (completed) {
      const id = ids.get(String(completed.acceptedEventId)) ?? '';
      doings.answers[id] = JSON.stringify(valuesOf(completed.outcome?.success?.payloads)[0]);
    }
    const continued = event.workflowExecutionContinuedAsNewEventAttributes;
    if (continued) doings.carried.push(JSON.stringify(valuesOf(continued.input?.payloads)));
  }
  return doings;
}

type Payloads = Parameters<typeof defaultPayloadConverter.fromPayload>[0][];

function valuesOf(payloads: unknown): unknown[] {
  return ((payloads ?? []) as Payloads).map((payload) => defaultPayloadConverter.fromPayload(payload));
}
