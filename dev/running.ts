/** The configuration of the system that runs: for commands that talk to it and start nothing. */
import { Client, Connection } from '@temporalio/client';
import { ConfigError, loadConfig, type Config } from '../config.ts';
import { DEFAULT_DATA_DIR } from './ensure-stack.ts';
import { StackError } from './stack-error.ts';
import { readState } from './state.ts';

/**
 * That of the stack that `npm start` runs in this folder, or else what the environment says.
 *
 * @throws StackError when there is neither
 */
export function runningConfig(dataDir: string): Config {
  const state = readState(dataDir);
  try {
    return loadConfig(state?.ready ? state.env : process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const start = dataDir === DEFAULT_DATA_DIR ? 'npm start' : `npm start -- --data ${dataDir}`;
    // Whoever set one of these means servers of their own, and wants to know what else is missing.
    const isOwn = Boolean(process.env.DATABASE_URL || process.env.TEMPORAL_ADDRESS);
    const others = isOwn ? error.message : 'Servers of your own are named by the environment, as config.ts says.';
    throw new StackError(`No stack runs in ${dataDir}: \`${start}\` starts it. ${others}`, { cause: error });
  }
}

/** @throws StackError when it does not answer */
export async function connectTemporal({ temporal: { connection, namespace } }: Config): Promise<Client> {
  try {
    return new Client({
      connection: await Connection.connect({ ...connection, connectTimeout: '5 seconds' }),
      namespace,
    });
  } catch (error) {
    throw new StackError(
      `Temporal does not answer at ${connection.address}: does the stack still run? \`npm start\` starts it.`,
      { cause: error },
    );
  }
}
