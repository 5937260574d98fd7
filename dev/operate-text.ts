/** What `npm run operate` found out or did, as it prints it. Pure. */
import type { Json } from '../engine/machine.ts';
import type { BulkProgress, BulkReport } from '../engine/operating.ts';
import type { Mandate, Operation, Plan } from '../engine/operation.ts';
import type { SnapshotAnswer } from '../engine/protocol.ts';
import type { Cause, Deadline, StoredStep } from '../engine/store.ts';

/** One line of `list`. */
export interface Listed {
  readonly id: string;
  readonly machine: string;
  readonly version: string;
  readonly status: string;
  /** Active leaves as dotted paths. */
  readonly states: readonly string[];
  /** The earliest deadline, ISO; null when it waits for none. */
  readonly due: string | null;
}

/** What `show` knows of an instance. */
export interface Shown {
  readonly id: string;
  readonly machine: string;
  /** As it stands; null for one that is closed. */
  readonly now: SnapshotAnswer | null;
  /** Events from outside that it would take. */
  readonly accepts: readonly string[];
  /** Its last steps, oldest first. */
  readonly audit: readonly StoredStep[];
}

/** What an operation on one instance would do, or has done. */
export type Outcome = {
  readonly id: string;
  readonly machine: string;
  readonly operation: Operation;
} & Mandate &
  (
    | { readonly applied: false; readonly plan: Plan; readonly timers: TimerChanges }
    | {
        readonly applied: true;
        /** It was done by an earlier command of this name. */
        readonly before: boolean;
        readonly result: { readonly sequence: number; readonly state: Json; readonly words: string };
        /** Whether the audit has it already. */
        readonly stored: boolean;
      }
  );

/** Timers that begin and end to wait. */
export interface TimerChanges {
  readonly starts: readonly Deadline[];
  readonly stops: readonly Deadline[];
}

/** What became of many. */
export interface BulkOutcome extends BulkReport {
  readonly name: string;
  readonly applied: boolean;
  readonly interrupted: boolean;
}

export function timerChanges(before: readonly Deadline[], after: readonly Deadline[]): TimerChanges {
  const keyOf = ({ at, event, actor = '' }: Deadline) => `${at} ${event} ${actor}`;
  const without = (some: readonly Deadline[], others: readonly Deadline[]) => {
    const known = new Set(others.map(keyOf));
    return some.filter((one) => !known.has(keyOf(one)));
  };
  return { starts: without(after, before), stops: without(before, after) };
}

export function listText(found: readonly Listed[]): string {
  if (found.length === 0) return 'There are none.\n';
  const rows = found.map(({ id, machine, status, due, states }) => [
    id,
    machine,
    status,
    due ?? '-',
    states.join(', '),
  ]);
  return table([['id', 'machine', 'status', 'next deadline', 'state'], ...rows]);
}

export function shownText({ id, machine, now, accepts, audit }: Shown): string {
  const last = audit.at(-1);
  const head = now
    ? [
        `${id} (${machine}, version ${now.version}): ${now.view.status}, step ${now.sequence}`,
        `  ${now.view.words}`,
        `  its time: ${now.at}`,
      ]
    : [
        `${id} (${machine}): closed; ${last?.status ?? 'unknown'}, step ${last?.sequence ?? '?'}`,
        `  ${last?.words ?? ''}`,
      ];
  const { error, value, deadlines, context } = now?.view ?? {};
  return text([
    ...head,
    ...part('State', value === undefined ? [] : statePaths(value)),
    ...part('Error', error ? [`${error.type ?? error.name}: ${error.message}`] : []),
    ...part('Timers', (deadlines ?? []).map(deadlineText)),
    ...part(
      'Activities',
      (now?.invocations ?? []).map(({ name, key }) => `${name}  KEY ${key}`),
    ),
    ...part('Takes', accepts.length > 0 ? [accepts.join(', ')] : []),
    ...part(
      'Context',
      Object.entries((context ?? {}) as object).map(([key, one]) => `${key}: ${JSON.stringify(one)}`),
    ),
    ...part('Last steps', audit.map(stepText)),
  ]);
}

export function outcomeText(outcome: Outcome): string {
  const { id, machine, operation, by, reason } = outcome;
  const head = `${id} (${machine}): ${operation.kind} by ${by}: ${reason}`;
  if (!outcome.applied) {
    return text([head, ...planLines(outcome.plan, outcome.timers), 'Nothing was changed. Add --apply to do it.']);
  }
  const { before, result, stored } = outcome;
  return text([
    head,
    before
      ? `Was done before, as step ${result.sequence}, and not again: another --reason or --name makes another operation.`
      : `Done, as step ${result.sequence}.`,
    `  ${result.words}`,
    ...(stored ? [] : ['The audit does not have it yet: it will once the database answers.']),
  ]);
}

export function progressText({ id, outcome, reason, plan, met }: BulkProgress): string {
  const words = { done: 'done', before: 'was done before', planned: 'would be done', refused: 'refused' }[outcome];
  const to = plan === undefined ? '' : ` → ${plan.to.status}: ${plan.to.words}`;
  return `${String(met).padStart(6)}  ${id}  ${words}${reason === undefined ? to : `: ${reason}`}\n`;
}

export function bulkText({ name, applied, interrupted, done, before, planned, refused }: BulkOutcome): string {
  const counts = applied
    ? `${done} done, ${before} done before`
    : `${planned} would be done, ${before} were done before`;
  return text([
    `${name}: ${counts}, ${refused.length} refused.`,
    ...refused.map(({ id, reason }) => `  ${id}: ${reason}`),
    ...(interrupted ? ['Interrupted: the same command goes on where this one ended.'] : []),
    ...(applied ? [] : ['Nothing was changed. Add --apply to do it.']),
  ]);
}

function planLines(plan: Plan, { starts, stops }: TimerChanges): string[] {
  const { from, to } = plan;
  return [
    ...part('State', [
      `${from.status} ${statePaths(from.state).join(' ')}`,
      `→ ${to.status} ${statePaths(to.state).join(' ')}`,
      `  ${to.words}`,
    ]),
    ...part(
      'Context',
      Object.entries(plan.context).map(
        ([key, { from, to }]) => `${key}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`,
      ),
    ),
    ...part('Timers', [
      ...stops.map((one) => `- ${deadlineText(one)}`),
      ...starts.map((one) => `+ ${deadlineText(one)}`),
    ]),
    ...part('Activities that begin', plan.begins),
    ...part(
      'Effects',
      plan.effects.map(({ name, params }) => (params === undefined ? name : `${name} ${JSON.stringify(params)}`)),
    ),
    ...part('Messages to', plan.messages),
  ];
}

function deadlineText({ at, label, references, event, actor }: Deadline): string {
  const cited = references.length > 0 ? ` [${references.join(', ')}]` : '';
  return `${at}  ${label}${cited}  EVENT ${event}${actor === undefined ? '' : ` --actor ${actor}`}`;
}

function stepText({ sequence, at, causes, words }: StoredStep): string {
  return `${sequence}  ${at}  ${causes.map(causeText).join(' + ')}  → ${words}`;
}

function causeText(cause: Cause): string {
  switch (cause.kind) {
    case 'start':
      return 'start';
    case 'event':
    case 'timer':
      return cause.type;
    case 'activity':
      return `${cause.name} ${cause.failed ? 'failed' : 'answered'}`;
    case 'actor':
      return `${cause.type} of ${cause.path}`;
    case 'operator':
      return `${cause.operation} by ${cause.by}: ${cause.reason}`;
    case 'refused':
      return `${cause.type} refused (${cause.code})`;
    case 'migrated':
      return `moved from version ${cause.from} to ${cause.to}`;
  }
}

function part(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return text(
    rows.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    ),
  );
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

/** The active leaves of XState's state value as dotted paths, as `goto` takes them. */
function statePaths(value: Json): string[] {
  if (typeof value === 'string') return [value];
  return Object.entries(value as { readonly [state: string]: Json }).flatMap(([state, inner]) => {
    const paths = statePaths(inner);
    return paths.length === 0 ? [state] : paths.map((path) => `${state}.${path}`);
  });
}
