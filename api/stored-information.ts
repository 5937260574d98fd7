/**
 * What the vault holds of an account's information, and which commands put it there: so that a late repetition of an
 * earlier command does not bring back what a later one has corrected.
 */
import type { Db, Trx } from '../db/database.ts';
import { lockInstance } from '../db/instances.ts';
import type { Vault } from '../db/vault.ts';
import { canonicalJson } from './idempotency.ts';
import type { Information } from './information.ts';

/** Command ids that are remembered; a repetition comes soon or not at all. */
const REMEMBERED = 50;

export interface StoredInformation extends Information {
  /** Ids of the commands that gave it, the latest last. */
  readonly commands: readonly string[];
  /** How often it was corrected since the registration; the latest command made it this. */
  readonly revision: number;
}

export async function storedInformation(vault: Vault, db: Db, accountId: string): Promise<StoredInformation> {
  const { organisation, contact, commands, revision } = await vault.list(db, accountId);
  return {
    organisation: organisation ?? {},
    contact: contact ?? {},
    commands: commands ?? [],
    revision: revision ?? 0,
  } as StoredInformation;
}

/** How an account's information became what it is before its contract hears of it. */
export interface Correction {
  /** `repeated`: this command was stored before, and is the latest or was overtaken; nothing was written. */
  readonly outcome: 'stored' | 'repeated' | 'reused';
  /** Which correction it is, counted from 1: the contract goes by the latest, in whatever order they reach it. */
  readonly revision: number;
  /** Puts back what was there before, unless somebody has changed it since. Does nothing for a repetition. */
  undo(): Promise<void>;
}

/** Stores the information that a command gives, once. @param commandId `reused`: known as the latest with other content. */
export async function correctInformation(
  vault: Vault,
  db: Db,
  accountId: string,
  { organisation, contact }: Information,
  commandId: string,
): Promise<Correction> {
  return await inTurn(async (trx): Promise<Correction> => {
    const before = await storedInformation(vault, trx, accountId);
    const known = before.commands.indexOf(commandId);
    if (known >= 0) {
      const isLatest = known === before.commands.length - 1;
      const isSame = canonicalJson([before.organisation, before.contact]) === canonicalJson([organisation, contact]);
      return {
        outcome: isLatest && !isSame ? 'reused' : 'repeated',
        revision: before.revision - (before.commands.length - 1 - known),
        undo: () => Promise.resolve(),
      };
    }
    const commands = [...before.commands, commandId].slice(-REMEMBERED);
    const revision = before.revision + 1;
    await put(trx, { organisation, contact, commands, revision });
    return {
      outcome: 'stored',
      revision,
      undo: () =>
        inTurn(async (again) => {
          const present = await storedInformation(vault, again, accountId);
          if (present.commands.at(-1) === commandId) await put(again, before);
        }),
    };
  });

  /** Corrections of one account follow each other, so that each knows the one before. */
  function inTurn<T>(work: (trx: Trx) => Promise<T>): Promise<T> {
    return db.transaction().execute(async (trx) => {
      await lockInstance(trx, `information-${accountId}`);
      return await work(trx);
    });
  }

  async function put(trx: Trx, { organisation, contact, commands, revision }: StoredInformation): Promise<void> {
    for (const [name, value] of Object.entries({ organisation, contact, commands, revision })) {
      await vault.put(trx, { subject: accountId, name, accountId, value });
    }
  }
}
