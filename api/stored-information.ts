/**
 * What the vault holds of an account's information, and which commands put it there: so that a late repetition of an
 * earlier command does not bring back what a later one has corrected.
 */
import type { Db } from '../db/database.ts';
import type { Vault } from '../db/vault.ts';
import { canonicalJson } from './idempotency.ts';
import type { Information } from './information.ts';

/** Command ids that are remembered; a repetition comes soon or not at all. */
const REMEMBERED = 50;

export interface StoredInformation extends Information {
  /** Ids of the commands that gave it, the latest last. */
  readonly commands: readonly string[];
}

export async function storedInformation(vault: Vault, db: Db, accountId: string): Promise<StoredInformation> {
  const { organisation, contact, commands } = await vault.list(db, accountId);
  return { organisation: organisation ?? {}, contact: contact ?? {}, commands: commands ?? [] } as StoredInformation;
}

/** How an account's information became what it is before its contract hears of it. */
export interface Correction {
  /** `repeated`: this command was stored before, and is the latest or was overtaken; nothing was written. */
  readonly outcome: 'stored' | 'repeated' | 'reused';
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
  const before = await storedInformation(vault, db, accountId);
  if (before.commands.includes(commandId)) {
    const isLatest = before.commands.at(-1) === commandId;
    const isSame = canonicalJson([before.organisation, before.contact]) === canonicalJson([organisation, contact]);
    return { outcome: isLatest && !isSame ? 'reused' : 'repeated', undo: () => Promise.resolve() };
  }
  const commands = [...before.commands, commandId].slice(-REMEMBERED);
  await put(vault, db, accountId, { organisation, contact, commands });
  return {
    outcome: 'stored',
    undo: async () => {
      const present = await storedInformation(vault, db, accountId);
      if (present.commands.at(-1) === commandId) await put(vault, db, accountId, before);
    },
  };
}

async function put(vault: Vault, db: Db, accountId: string, information: StoredInformation): Promise<void> {
  const entries = {
    organisation: information.organisation,
    contact: information.contact,
    commands: information.commands,
  };
  await db.transaction().execute(async (trx) => {
    for (const [name, value] of Object.entries(entries)) {
      await vault.put(trx, { subject: accountId, name, accountId, value });
    }
  });
}
