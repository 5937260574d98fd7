/** Instances and what moves them: state, audit, outbox, test clocks; and what an erasure keeps. */
import type { Generated, GeneratedAlways } from 'kysely';
import type { Instant, Json, Jsonb } from './schema-values.ts';

/** What an instance waits for, as the engine reports it. */
export interface Deadline {
  readonly at: Instant;
  readonly event: string;
  readonly label: string;
  /** What the waiting state refers to: clause ids. */
  readonly references: readonly string[];
}

/** The state of every durable instance as of its last commit. */
export interface InstancesTable {
  id: string;
  machine: string;
  version: string;
  /** The account whose data this is; null for receipts and erasures, which outlive it. */
  tenant: string | null;
  clock: string | null;
  status: 'active' | 'done' | 'error' | 'stopped';
  value: Jsonb<Json>;
  tags: Jsonb<readonly string[]>;
  context: Jsonb<Json>;
  output: Jsonb<Json | null>;
  deadlines: Jsonb<readonly Deadline[]>;
  next_due_at: Instant | null;
  words: string;
  /** What the active states cite: clause ids. */
  references: Jsonb<readonly string[]>;
  /** State values of the machines inside, by actor path. */
  children: Jsonb<{ readonly [path: string]: { readonly status: string; readonly value: Json } }>;
  sequence: number;
  /** Contract time of the last commit. */
  updated_at: Instant;
}

export interface AuditTable {
  instance: string;
  sequence: number;
  tenant: string | null;
  machine: string;
  version: string;
  digest: string;
  /** Contract time. */
  at: Instant;
  /** Real time. */
  recorded_at: Instant;
  causes: Jsonb<Json>;
  from: Jsonb<Json | null>;
  to: Jsonb<Json>;
  /** Leaf states (dotted paths) and tags that the step went through and left again. */
  passed: Jsonb<{ readonly states: readonly string[]; readonly tags: readonly string[] }>;
  status: InstancesTable['status'];
  tags: Jsonb<readonly string[]>;
  words: string;
  /** What the states it led to cite: clause ids. */
  references: Jsonb<readonly string[]>;
  effects: Jsonb<readonly string[]>;
  emitted: Jsonb<readonly Json[]>;
  /** Who was sent what. */
  messages: Jsonb<readonly { readonly machine: string; readonly id: string; readonly event: string | null }[]>;
}

export interface OutboxTable {
  /** `<instance>.<sequence>.<index>` for messages of machines; how the receiver knows it again. */
  id: string;
  position: GeneratedAlways<number>;
  kind: 'message' | 'mail';
  sender: string;
  sender_machine: string | null;
  receiver: string;
  receiver_machine: string | null;
  payload: Jsonb<Json>;
  tenant: string | null;
  clock: string | null;
  attempts: number;
  /** Real time. */
  next_attempt_at: Instant;
  last_error: string | null;
  created_at: Instant;
}

/** A test clock. Accounts are attached by name when they register. */
export interface ClocksTable {
  name: string;
  /** Contract time that all attached accounts have reached. */
  at: Instant;
  /** Real time of the last advance. */
  advanced_at: Instant;
  created_at: Instant;
  /** Id of the command that made it, and the body of that command as canonical JSON; null for what no command made. */
  command: Generated<string | null>;
  asked: Generated<string | null>;
}

export interface CertificatesTable {
  number: string;
  account_id: string;
  account_number: string | null;
  reason: string | null;
  clause: string | null;
  counts: Jsonb<{ readonly [what: string]: number } | null>;
  decided_at: Instant | null;
  erased_at: Instant | null;
  /** SHA-256 of the canonical JSON of the certificate without this field. */
  hash: string | null;
  /** Contract time of the warning that named it, or of the erasure. */
  reserved_at: Instant;
}

/** One execution in Temporal: a workflow id and one of its runs. */
export interface ExecutionId {
  readonly workflowId: string;
  readonly runId: string;
}

/** What a running erasure must still know after the rows it came from are gone. Emptied when it is done. */
export interface ErasuresTable {
  account_id: string;
  executions: Jsonb<readonly ExecutionId[]>;
  /** Subjects whose keys must be destroyed. */
  subjects: Jsonb<readonly string[]>;
  counts: Jsonb<{ readonly [what: string]: number }>;
}
