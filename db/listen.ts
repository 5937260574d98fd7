/** Hears of what transactions notify when they commit. A help, not a promise: whoever listens polls as well. */
import pg from 'pg';

export interface Listener {
  stop(): Promise<void>;
}

const RECONNECT_MS = 1_000;

/** Calls `onWake` for every commit with new outbox rows, and once after each (re)connection. Never throws. */
export function listenToOutbox(databaseUrl: string, onWake: () => void): Listener {
  return listen(databaseUrl, 'outbox', onWake);
}

/** Calls `onSteps` with the instance of every commit, and without one after each (re)connection. Never throws. */
export function listenToSteps(databaseUrl: string, onSteps: (instance?: string) => void): Listener {
  return listen(databaseUrl, 'steps', onSteps);
}

function listen(databaseUrl: string, channel: 'outbox' | 'steps', onNotice: (payload?: string) => void): Listener {
  let isStopped = false;
  let client: pg.Client | undefined;
  let again: NodeJS.Timeout | undefined;

  function retry(): void {
    if (isStopped || again) return;
    again = setTimeout(() => {
      again = undefined;
      void connect();
    }, RECONNECT_MS);
  }

  async function connect(): Promise<void> {
    const connection = new pg.Client({
      connectionString: databaseUrl,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    connection.on('error', retry);
    connection.on('end', retry);
    connection.on('notification', ({ payload }) => onNotice(payload));
    client = connection;
    try {
      await connection.connect();
      await connection.query(`listen ${channel}`);
      onNotice();
    } catch {
      await connection.end().catch(() => {});
      retry();
    }
  }

  const connected = connect();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(again);
      await connected;
      await client?.end().catch(() => {});
    },
  };
}
