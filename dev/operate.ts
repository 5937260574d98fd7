/** `npm run operate`: looks at the instances of the running system, and operates them by hand. */
import { requireNode } from './node-guard.mjs';
import { resolve } from 'node:path';
import { isGrpcServiceError } from '@temporalio/client';
import { postgresReader } from '../activities/store-reader.ts';
import { createDatabase } from '../db/database.ts';
import { machineClient } from '../engine/client.ts';
import type { Definition } from '../engine/definition.ts';
import { MachineError, NotFound, TimedOut } from '../engine/errors.ts';
import * as machines from '../workflows/index.ts';
import { DEFAULT_DATA_DIR } from './ensure-stack.ts';
import { HELP, UsageError, commandOf } from './operate-command.ts';
import type { Command } from './operate-command.ts';
import { bulkText, listText, outcomeText, progressText, shownText } from './operate-text.ts';
import { bulk, list, operate, show } from './operations.ts';
import type { System } from './operations.ts';
import { connectTemporal, runningConfig } from './running.ts';
import { StackError } from './stack-error.ts';

requireNode();

const definitions = Object.values(machines) as unknown as readonly Definition[];

const command = readCommand();
try {
  const { answer, text, exitCode } = await withSystem(command, (system) => carryOut(system, command));
  process.stdout.write(command.json ? `${JSON.stringify(answer)}\n` : text);
  process.exitCode = exitCode;
} catch (error) {
  const { code, message } = explained(error);
  if (command.json) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  else process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}

interface Said {
  readonly answer: unknown;
  readonly text: string;
  readonly exitCode: number;
}

async function carryOut(system: System, command: Exclude<Command, { kind: 'help' }>): Promise<Said> {
  switch (command.kind) {
    case 'list': {
      const instances = await list(system, command);
      return { answer: { instances }, text: listText(instances), exitCode: 0 };
    }
    case 'show': {
      const shown = await show(system, command.id);
      return { answer: shown, text: shownText(shown), exitCode: 0 };
    }
    case 'one': {
      const outcome = await operate(system, command);
      return { answer: outcome, text: outcomeText(outcome), exitCode: 0 };
    }
    case 'bulk': {
      const outcome = await bulk(system, command, {
        signal: interruption(),
        onProgress: (one) => tell(progressText(one)),
      });
      const exitCode = outcome.interrupted ? 130 : outcome.refused.length > 0 ? 1 : 0;
      return { answer: outcome, text: bulkText(outcome), exitCode };
    }
  }
}

async function withSystem<T>({ data }: Pick<Command, 'data'>, work: (system: System) => Promise<T>): Promise<T> {
  const config = runningConfig(data === undefined ? DEFAULT_DATA_DIR : resolve(data));
  const client = await connectTemporal(config);
  const { databaseUrl, taskQueue } = config;
  const db = createDatabase(databaseUrl, { max: 8 });
  const reader = postgresReader(db, databaseUrl);
  const names = definitions.map(({ machineName }) => machineName);
  const machine = (name: string) => {
    const definition = definitions[names.indexOf(name)];
    if (!definition) throw new StackError(`There is no machine '${name}': ${names.join(', ')}.`);
    return machineClient(client, definition, { taskQueue, reader });
  };
  try {
    return await work({ client, db, reader, taskQueue, machines: names, machine });
  } finally {
    await reader.close();
    await db.destroy();
    await client.connection.close();
  }
}

/** Ctrl-C lets what is under way finish. It may come twice: from the terminal, and from npm. */
function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (!interrupted.signal.aborted) tell('Finishing those under way …\n');
      interrupted.abort();
    });
  }
  return interrupted.signal;
}

function tell(text: string): void {
  process.stderr.write(text);
}

/** One line, and a code that stays. */
function explained(error: unknown): { code: string; message: string } {
  if (error instanceof TimedOut) {
    const { id, waitedMs } = error.data;
    const message = `No answer from '${id}' within ${waitedMs / 1000} s: does the worker run? The same command again is safe.`;
    return { code: error.code, message };
  }
  if (error instanceof NotFound) {
    const message = `There is no instance '${error.data.id}': npm run operate -- list says which there are.`;
    return { code: error.code, message };
  }
  if (error instanceof MachineError) return { code: error.code, message: `${error.message}.` };
  if (!(error instanceof Error)) return { code: 'Failed', message: String(error) };
  if (/^(ECONN|57P)/.test((error as { code?: string }).code ?? '')) {
    return {
      code: 'NotPossible',
      message: 'Postgres does not answer, and the audit is in it: bring it back, and try again.',
    };
  }
  const service = isGrpcServiceError(error.cause) ? error.cause : error;
  const message = isGrpcServiceError(service) ? service.details : error.message;
  return { code: error instanceof StackError ? 'NotPossible' : 'Failed', message: message || error.name };
}

function readCommand(): Exclude<Command, { kind: 'help' }> {
  try {
    const command = commandOf(process.argv.slice(2));
    if (command.kind !== 'help') return command;
    process.stdout.write(HELP);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\nnpm run operate -- --help says which commands there are.\n`);
    process.exit(2);
  }
}
