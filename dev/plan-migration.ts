/**
 * `npm run migrate:plan`: the dry run before a deploy. Asks every open instance of the running system what it is, and says
 * which could go on in the machines of this checkout, which not, and why. Changes nothing.
 *
 * The answers come from the workers that run, so it is run beside the system as it is, from the code as it is to be.
 */
import { requireNode } from './node-guard.mjs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { loadConfig } from '../config.ts';
import type { Definition } from '../engine/definition.ts';
import { judge, openRuns } from '../engine/roll-out.ts';
import type { Judged } from '../engine/roll-out.ts';
import * as machines from '../workflows/index.ts';
import { DEFAULT_DATA_DIR } from './ensure-stack.ts';
import { readState } from './state.ts';

requireNode();

const HELP = `npm run migrate:plan -- [--json] [--data DIR]

Says which open instances would move into the machines of this checkout, which not, and why.

  --json      one JSON object: { total, moves, stays: [{ id, machine, from, to, reasons }], unknown: [{ id, why }] }
  --data DIR  ask the stack that \`npm start\` runs in DIR; by default that in .pacta, or else the servers in the environment

Ends with 1 when an instance would stay on its build or did not answer.
`;

interface Report {
  readonly total: number;
  readonly moves: number;
  readonly stays: readonly Omit<Judged, 'shape' | 'moves'>[];
  readonly unknown: readonly { readonly id: string; readonly why: string }[];
}

const options = readArguments();
const state = readState(options.data);
const { temporal, taskQueue } = loadConfig(state?.ready ? state.env : process.env);
const connection = await Connection.connect(temporal.connection);
try {
  const client = new Client({ connection, namespace: temporal.namespace });
  const report = await planAll(client);
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : textOf(report));
  process.exitCode = report.moves === report.total ? 0 : 1;
} finally {
  await connection.close();
}

async function planAll(client: Client): Promise<Report> {
  const definitions = Object.values(machines) as unknown as readonly Definition[];
  const stays: Report['stays'][number][] = [];
  const unknown: Report['unknown'][number][] = [];
  let moves = 0;
  let total = 0;
  for await (const run of openRuns(client, `TaskQueue = '${taskQueue}'`)) {
    try {
      const verdict = await judge(client, definitions, run);
      if (!verdict) continue;
      total += 1;
      const { id, machine, from, to, reasons } = verdict;
      if (verdict.moves) moves += 1;
      else stays.push({ id, machine, from, to, reasons });
    } catch (error) {
      total += 1;
      unknown.push({ id: run.id, why: error instanceof Error ? error.name : String(error) });
    }
    if (total % 100 === 0) process.stderr.write(`${total} judged\n`);
  }
  return { total, moves, stays, unknown };
}

function textOf({ total, moves, stays, unknown }: Report): string {
  const lines = [`${moves} of ${total} open instances would move.`];
  for (const { id, from, to, reasons } of stays) lines.push(`${id} (${from} → ${to}) stays: ${reasons.join('; ')}`);
  for (const { id, why } of unknown) lines.push(`${id} did not answer: ${why}`);
  return `${lines.join('\n')}\n`;
}

function readArguments(): { json: boolean; data: string } {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        data: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    return { json: values.json, data: values.data === undefined ? DEFAULT_DATA_DIR : resolve(values.data) };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exit(2);
  }
}
