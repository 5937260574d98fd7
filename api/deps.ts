/** What the API needs from outside, as arguments: `api/server.ts` gives the real ones, tests may give others. */
import type { Db } from '../db/database.ts';
import type { FileStore } from '../db/files.ts';
import type { KeyStore } from '../db/keys.ts';
import type { Vault } from '../db/vault.ts';
import type { Answer } from '../engine/protocol.ts';
import type { ClaimPublicEvent } from '../machines/claim-events.ts';
import type { ReceiptPublicEvent } from '../machines/receipt-events.ts';
import type { RepairPublicEvent } from '../machines/repair-events.ts';
import type { SubscriptionPublicEvent } from '../machines/subscription-events.ts';
import type { Scanner } from './scanner.ts';

/** The engine's client for one machine, as far as the API uses it (engine/client.ts). */
export interface Instances<Event extends { type: string }> {
  /** No I/O; the instance need not exist. */
  get(id: string): { send(event: Event, options: { id: string }): Promise<Answer> };
}

/** Hears of stored steps (activities/store-reader.ts). */
export interface Steps {
  /** Waits until the instance's first `sequence` steps are stored; false when that took longer. */
  stored(instance: string, sequence: number, withinMs: number): Promise<boolean>;
}

/** Moves test clocks; the server composes it from engine/clock.ts and the database. */
export interface Clocks {
  /** Makes all attached contracts reach `to`, deadline by deadline. Repeating it changes nothing. */
  advance(name: string, to: Date): Promise<{ at: string }>;
}

export interface ApiOptions {
  readonly operatorKey: string;
  readonly bankWebhookSecrets: readonly string[];
  readonly publicUrl: string;
  readonly testClocks: boolean;
  readonly logLevel: string;
  /** How long a command waits for its own write to be readable, in milliseconds; default 5000. */
  readonly readYourWritesMs?: number;
  /** Delay of the event loop beyond which requests get 503, in milliseconds; default 10,000, 0 for never. */
  readonly maxEventLoopDelayMs?: number;
}

export interface Deps {
  readonly db: Db;
  readonly keys: KeyStore;
  readonly vault: Vault;
  readonly files: FileStore;
  readonly scanner: Scanner;
  readonly subscriptions: Instances<SubscriptionPublicEvent>;
  readonly receipts: Instances<ReceiptPublicEvent>;
  readonly claims: Instances<ClaimPublicEvent>;
  readonly repairs: Instances<RepairPublicEvent>;
  readonly steps: Steps;
  readonly clocks: Clocks;
  readonly options: ApiOptions;
  /** Real time. Contract time is `contractNow` in contract-time.ts. */
  readonly now: () => Date;
}
