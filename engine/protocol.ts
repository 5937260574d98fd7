/** What the two halves of the engine say to each other: names, requests and answers. Types and constants only. */
import type { Json } from './machine.ts';
import type { Mandate, Operation, Plan } from './operation.ts';
import type { Expected, KeptInstance } from './migration.ts';
import type { CommitRecord, View } from './store.ts';

/** An event on its way in. Its id makes it count once. */
export interface Envelope {
  readonly id: string;
  readonly event: { readonly type: string; readonly [key: string]: Json | undefined };
}

/** What the sender of an event learns. */
export interface Answer {
  /** Wait for this sequence number in the store to read your own write. */
  readonly sequence: number;
  /** XState's state value after the event. */
  readonly state: Json;
  /** The state in words, from the machine's descriptions. */
  readonly words: string;
  readonly tags: readonly string[];
  /** `applied`: it changed or caused something; `unchanged`: it was taken and nothing came of it. */
  readonly outcome: 'applied' | 'unchanged';
  /** Digest of the event that this answers: how a reused id is noticed. */
  readonly digest: string;
}

/** An operation that has been planned. */
export interface AskedOperation extends Mandate {
  readonly operation: Operation;
  /** The step that it was planned at: the operation is refused when the instance has moved on. */
  readonly sequence: number;
}

/** A plan, or why there is none. */
export type PlanAnswer = Plan | { readonly refused: string; readonly data: Json };

/** An answer for each event of a batch: a refusal does not undo its neighbours. */
export type BatchAnswer = Answer | { readonly refused: string; readonly data: Json };

/** An instance as it stands at the moment of asking. */
export interface SnapshotAnswer {
  readonly view: View;
  readonly sequence: number;
  readonly version: string;
  /** Contract time of the last task, ISO. */
  readonly at: string;
  readonly invocations: readonly { name: string; key: string }[];
  /** Every step so far is in the store. */
  readonly stored: boolean;
  /** Nothing in flight: all steps stored, no activity running, no signal waiting. */
  readonly settled: boolean;
}

/** A transition that waits for an event in the present state. */
export interface NextTransition {
  /** Dotted path of the state that has it; empty for the machine itself. */
  readonly source: string;
  /** Dotted paths of the states that it leads to; none when it stays. */
  readonly targets: readonly string[];
  /** Name of its guard, as the machine has it; null when it has none. */
  readonly guard: string | null;
  /** What the guard says now, without a payload; `throws` is a bug in it. */
  readonly verdict: boolean | 'needs payload' | 'throws';
  /** What the transition cites, else the states it leads to, else the one it begins in: e.g. clause ids. */
  readonly references: readonly string[];
}

/** A public event, and what the present state would do with it. */
export interface NextEvent {
  readonly type: string;
  readonly description: string;
  /** Some transition waits for it that no guard rules out, whatever the payload. */
  readonly accepted: boolean;
  /** In the order in which XState tries them: of inner states before those of outer ones. */
  readonly transitions: readonly NextTransition[];
}

/** Whether an event would be taken, or the error that sending it would give. */
export type CanAnswer = { readonly accepted: true } | { readonly refused: string; readonly data: Json };

/** An instance as it would leave its build: what a dry run judges. */
export interface KeptAnswer extends KeptInstance {
  /** See `shapeOf` in `engine/migration.ts`. */
  readonly shape: string;
}

/** Asks an instance to go on in another build, or tells it why it stays where it is. */
export type MoveRequest =
  /** It moves at the next quiet point, if it still has the shape that was judged. */
  { readonly build: string; readonly shape: string } | { readonly build: string; readonly stays: readonly string[] };

/** What tells an operation from another one under its id: planned again at a later step, it is the same. */
export function digestOfOperation({ operation, by, reason }: AskedOperation): string {
  return digestOf({ operation, by, reason });
}

/** Names of updates, signals, queries and of the activity that stores. */
export const names = {
  batch: 'events',
  signal: 'events',
  snapshot: 'snapshot',
  timers: 'timers',
  next: 'next',
  kept: 'kept',
  move: 'move',
  can: 'can',
  commit: 'commit',
  operate: 'operate',
  plan: 'plan',
} as const;

/**
 * Failure type with which the validator answers what it need not take: an event that was taken before, whose first answer
 * is the detail, or a batch of which nothing would come, whose answers are.
 */
export const alreadyAnswered = 'AlreadyAnswered';

/**
 * How many event ids an instance remembers, also over continue-as-new: the last so many that it took. An id older than
 * that counts as new while the instance lives; so does one that is beyond {@link answersLimit}. After its end the store answers, for every event that caused a step.
 */
export const dedupeWindow = 1000;

/** How many characters an event may have as JSON: its history keeps it, and so may every step that quotes it. */
export const eventLimit = 250_000;

/**
 * How many bytes the contexts of an instance, those of machines inside included, may have as JSON: an event that would make
 * them larger is refused. A new run gets them twice, beside answers and steps that wait, in one payload of 2 MB.
 */
export const contextLimit = 400_000;

/** What is handed over to a new run must fit into one payload, for which the server has 2 MB; bytes. */
export const payloadLimit = 2_000_000;

/** How many bytes of answers a new run gets at most: where those that are remembered are larger, the oldest are forgotten. */
export const answersLimit = 600_000;

/** How many steps may wait for the store before events are refused. */
export const queueLimit = 1000;

/** A deadline as it is carried over to a new run. */
export interface PersistedTimer {
  readonly source: string;
  readonly target: string;
  readonly id: string;
  readonly event: { readonly type: string; readonly [key: string]: Json | undefined };
  /** Milliseconds since the epoch. */
  readonly dueAt: number;
  /** A later timer took its id: it cannot be cancelled. */
  readonly orphaned?: boolean;
}

/** All that an instance takes along when it continues as new. */
export interface Carry {
  readonly snapshot: Json;
  readonly timers: readonly PersistedTimer[];
  readonly sequence: number;
  readonly lastView: View;
  readonly answered: readonly (readonly [id: string, answer: Answer])[];
  readonly invocations: { readonly [path: string]: number };
  /** The number of the next actor that is spawned without an id. */
  readonly nextActor?: number;
  readonly waiting: readonly CommitRecord[];
  readonly version: string;
  /** The build that kept it; absent without builds. */
  readonly build?: string;
  readonly expected?: Expected;
  /** Since when it stands in an error, as workflow time in milliseconds; absent where it does not. */
  readonly erredAt?: number;
}

/** The workflow's only argument: what it was started with, and what it carries from its earlier run. */
export interface Start {
  readonly input: Json;
  readonly carry?: Carry;
}

// Inside a workflow each look at a global costs about a microsecond, which a loop over all characters would pay for each.
const { imul } = Math;

/** A short digest of JSON, independent of key order. Tells different events apart; it is no protection against malice. */
export function digestOf(value: unknown): string {
  return hashOf(canonical(value));
}

/** As {@link digestOf}, of the {@link canonical} text. */
export function hashOf(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = imul(a ^ code, 2654435761);
    b = imul(b ^ code, 1597334677);
  }
  a = imul(a ^ (a >>> 16), 2246822507) ^ imul(b ^ (b >>> 13), 3266489909);
  b = imul(b ^ (b >>> 16), 2246822507) ^ imul(a ^ (a >>> 13), 3266489909);
  return (b >>> 0).toString(16).padStart(8, '0') + (a >>> 0).toString(16).padStart(8, '0');
}

/** JSON text with sorted keys and without undefined values: equal for equal data. */
export function canonical(value: unknown): string {
  if (value === undefined) return 'null';
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const entries = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`);
  return `{${entries.join(',')}}`;
}

/** Whether two values are the same as JSON: as {@link canonical} would say, without writing either of them down. */
export function sameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other)
    return canonical(one) === canonical(other);
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((value, index) => sameJson(value, other[index]));
  }
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>];
  for (const key in left) {
    if (left[key] !== undefined && (right[key] === undefined || !sameJson(left[key], right[key]))) return false;
  }
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}
