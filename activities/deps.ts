/** What activities need from outside, given once when a worker starts. */
import type { Db } from '../db/database.ts';
import type { KeyStore } from '../db/keys.ts';
import type { Executions } from './executions.ts';
import type { Failpoint } from './failpoint.ts';

/** A place for what operators should know. Never given personal data. */
export interface Log {
  info(facts: { readonly [name: string]: unknown }, message: string): void;
  warn(facts: { readonly [name: string]: unknown }, message: string): void;
  error(facts: { readonly [name: string]: unknown }, message: string): void;
}

export interface ActivityDeps {
  readonly db: Db;
  readonly keys: KeyStore;
  /** Folder of uploaded files; one folder in it per account. */
  readonly filesDir: string;
  readonly executions: Executions;
  readonly failpoint: Failpoint;
}
