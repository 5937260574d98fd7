/** Moves a test clock: the engine moves the workflows, and this tells it which, and when the world around them is quiet. */
import type { Client } from '@temporalio/client';
import { moveClock } from '../db/clocks.ts';
import type { Db } from '../db/database.ts';
import { listOpenInstancesOnClock, lockInstance } from '../db/instances.ts';
import { countMessagesOnClock } from '../db/outbox.ts';
import { advance, type ClockMembers } from '../engine/clock.ts';
import type { Clocks } from './deps.ts';

const ADVANCE_TIMEOUT_MS = 5 * 60_000;

/**
 * @param isQuiet whether an instance has nothing in flight: all its steps stored, no activity running
 */
export function createTestClocks(
  client: Client,
  db: Db,
  isQuiet: (machine: string, id: string, stored: number) => Promise<boolean>,
  now: () => Date,
): Clocks {
  const membersOf = (name: string): ClockMembers => ({
    open: async () => (await listOpenInstancesOnClock(db, name)).map(({ id }) => id),
    earliest: async () => (await listOpenInstancesOnClock(db, name))[0]?.next_due_at ?? undefined,
    settled: async () => {
      if ((await countMessagesOnClock(db, name)) > 0) return false;
      const open = await listOpenInstancesOnClock(db, name);
      const quiet = await Promise.all(open.map(({ machine, id, sequence }) => isQuiet(machine, id, sequence)));
      // Whatever became quiet last may have sent something meanwhile.
      return quiet.every(Boolean) && (await countMessagesOnClock(db, name)) === 0;
    },
  });
  return {
    advance: (name, to) =>
      // Two advances of one clock at once would each wait for what the other moves.
      db.transaction().execute(async (trx) => {
        await lockInstance(trx, `clock-${name}`);
        const onStep = (at: string) => moveClock(db, name, at, now().toISOString());
        await advance(client, membersOf(name), to.toISOString(), { timeoutMs: ADVANCE_TIMEOUT_MS, onStep });
        return { at: to.toISOString() };
      }),
  };
}
