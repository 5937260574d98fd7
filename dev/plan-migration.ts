/**
 * `npm run migrate:plan`: the dry run before a deploy. Asks every open instance of the running system what it is, and says
 * which could go on in the machines of this checkout, which not, and why. Changes nothing.
 *
 * The answers come from the workers that run, so it is run beside the system as it is, from the code as it is to be.
 */
import { requireNode } from './node-guard.mjs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isGrpcServiceError, type Client } from '@temporalio/client';
import type { Config } from '../config.ts';
import { buildIdOf } from '../engine/builds.ts';
import type { Definition } from '../engine/definition.ts';
import { judge, openRuns } from '../engine/roll-out.ts';
import type { Judged } from '../engine/roll-out.ts';
import { productBundle } from '../worker.ts';
import * as machines from '../workflows/index.ts';
import { DEFAULT_DATA_DIR } from './ensure-stack.ts';
import { connectTemporal, runningConfig } from './running.ts';
import { StackError } from './stack-error.ts';

requireNode();

const HELP = `npm run migrate:plan -- [--json] [--data DIR]

Says which open instances would move into the machines of this checkout, which not, and why.

  --json      one JSON object: { builds: { from, to }, total, moves, stays: [{ id, machine, from, to, reasons }], unknown: [{ id, why }] }
  --data DIR  ask the stack that \`npm start\` runs in DIR; by default that in .pacta, or else the servers in the environment

Ends with 1 when an instance would stay on its build or did not answer.
`;

interface Report {
  /** Builds of the machines: the one that new instances start on now (null where none runs yet), and that of this checkout. */
  readonly builds: { readonly from: string | null; readonly to: string };
  readonly total: number;
  readonly moves: number;
  readonly stays: readonly Omit<Judged, 'shape' | 'moves'>[];
  readonly unknown: readonly { readonly id: string; readonly why: string }[];
}

const options = readArguments();
try {
  const config = runningConfig(options.data);
  const client = await connectTemporal(config);
  try {
    const to = buildIdOf(await productBundle());
    const report = { builds: { from: await currentBuild(client, config), to }, ...(await planAll(client, config)) };
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : textOf(report));
    process.exitCode = report.moves === report.total ? 0 : 1;
  } finally {
    await client.connection.close();
  }
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** Null when no worker has ever run there. */
async function currentBuild({ workflowService }: Client, { temporal, taskQueue }: Config): Promise<string | null> {
  const NOT_FOUND = 5;
  try {
    const { workerDeploymentInfo } = await workflowService.describeWorkerDeployment({
      namespace: temporal.namespace,
      deploymentName: taskQueue,
    });
    return workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? null;
  } catch (error) {
    if (isGrpcServiceError(error) && (error.code as number) === NOT_FOUND) return null;
    throw error;
  }
}

async function planAll(client: Client, { taskQueue }: Config): Promise<Omit<Report, 'builds'>> {
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

function textOf({ builds: { from, to }, total, moves, stays, unknown }: Report): string {
  const lines = [
    from === to
      ? `Build ${from} runs, and is this checkout's too.`
      : `From build ${from ?? '(none yet)'}, which runs, to build ${to}, of this checkout:`,
    `${moves} of ${total} open instances ${from === to ? 'are on it or would move to it' : 'would move'}.`,
  ];
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
