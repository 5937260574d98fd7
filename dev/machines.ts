/** `npm run machines`: the charts as pictures, tables and data. */
import { requireNode } from './node-guard.mjs';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { MACHINES_README, machineGraphs, machinesDocument } from './machines-document.ts';

requireNode();

const HELP = `npm run machines -- [--write] [--json]

Compares machines/README.md with the machines.

  --write  write it
  --json   print all machines as graphs: states, transitions, delays, conditions, clauses
`;

const { write, json } = readArguments();
if (json) process.stdout.write(`${JSON.stringify(machineGraphs(), null, 2)}\n`);
const document = await machinesDocument();
const isCurrent = document === (await readFile(MACHINES_README, 'utf8').catch(() => ''));
if (write && !isCurrent) await writeFile(MACHINES_README, document);
const verdict = isCurrent ? 'is up to date' : write ? 'written' : 'is out of date: npm run machines -- --write';
process.stderr.write(`machines/README.md ${verdict}\n`);
process.exitCode = isCurrent || write ? 0 : 1;

function readArguments(): { write: boolean; json: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        write: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help !== true) return values;
    process.stdout.write(HELP);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exit(2);
  }
}
