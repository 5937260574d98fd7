/** What an effect's handler is given. The handlers themselves stand with their noun and are gathered in index.ts. */
import type { Trx } from '../db/database.ts';
import type { KeyStore } from '../db/keys.ts';
import type { CommitRecord } from '../engine/store.ts';
import type { Effects } from '../machines/effects.ts';

export interface EffectContext {
  /** The transaction of the commit: what the handler writes is stored with the step that asked for it, or not at all. */
  readonly trx: Trx;
  readonly record: CommitRecord;
  /** For what is forgotten for good: a key is destroyed before the commit, which may be tried again until it is stored. */
  readonly keys?: Pick<KeyStore, 'destroy'> | undefined;
}

/** Runs once per effect, in the order in which the machine asked for them. Throwing refuses the whole commit for now. */
export type EffectHandler<Params = never> = (context: EffectContext, params: Params) => Promise<void>;

/** Handlers by the effect's name, for the store. */
export type EffectHandlers = Readonly<Record<string, EffectHandler>>;

/** Some of the product's effects, with their parameters. */
export type HandlersOf<Name extends keyof Effects> = { readonly [One in Name]: EffectHandler<Effects[One]> };
