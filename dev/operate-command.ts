/** What `npm run operate` was asked for, out of its arguments. Pure. */
import { parseArgs } from 'node:util';
import type { Json } from '../engine/machine.ts';
import type { Mandate, Operation } from '../engine/operation.ts';
import type { SnapshotAnswer } from '../engine/protocol.ts';

export const HELP = `npm run operate -- COMMAND …

Looks at the instances of the running system, and operates them by hand. An operation is only planned, until --apply.

  list [--machine M] [--status error|active|done] [--query Q]   which there are; by default the open ones
  show ID                                                       one of them: state, timers, activities, audit

  goto ID STATE…                        enter these states (dotted paths); parallel regions beside them stay as they are
  assign ID JSON                        replace these entries of the context
  fire-timer ID EVENT [--actor PATH]    raise a timer's event now
  skip-timer ID EVENT [--actor PATH]    take a timer away
  retry ID KEY                          begin an activity again
  skip ID KEY                           answer in its place: with nothing
  complete ID KEY JSON                  answer in its place: with this
  redrive ID                            go on from an error that nobody handled
  stop ID                               end it where it stands
  bulk OPERATION … --query Q --name NAME [--machine M] [--at-a-time N]
                                        one of these for all open instances of a search, without ID: bulk goto STATE…

Operations need --by and --reason: both stay in the audit, so no personal data.
  --by WHO, --reason WHY
  --apply      do it; the same command again is answered alike and does nothing twice
  --name NAME  names an operation: done once for each name, whatever --by and --reason say. A bulk that was interrupted goes on
               under its name

  --json      one JSON object
  --data DIR  the stack that \`npm start\` runs in DIR; by default that in .pacta, or else the servers in the environment

ID is as \`list\` prints it; an account's id stands for its contract. EVENT and KEY are as \`show\` prints them; an activity's name
does for its KEY. Q is Temporal's list filter, e.g.
"MachineState = 'inForce.standing.overdue.warned'".
Ends with 1 when something was refused, with 2 on wrong usage, with 130 when interrupted.
`;

/** The arguments are not a command. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const statuses = ['error', 'active', 'done'] as const;
export type Status = (typeof statuses)[number];

/** An operation as it was asked for, of one instance or of many. */
export interface Asked {
  readonly operation: Operation;
  readonly mandate: Mandate;
  readonly apply: boolean;
}

export type Command = { readonly json: boolean; readonly data: string | undefined } & (
  | { readonly kind: 'help' }
  | {
      readonly kind: 'list';
      readonly machine: string | undefined;
      readonly status: Status | undefined;
      readonly query: string | undefined;
    }
  | { readonly kind: 'show'; readonly id: string }
  | ({ readonly kind: 'one'; readonly id: string; readonly name: string | undefined } & Asked)
  | ({
      readonly kind: 'bulk';
      readonly name: string;
      readonly query: string;
      readonly machine: string | undefined;
      readonly atATime: number;
    } & Asked)
);

const flags = {
  json: { type: 'boolean', default: false },
  data: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  machine: { type: 'string' },
  status: { type: 'string' },
  query: { type: 'string' },
  actor: { type: 'string' },
  by: { type: 'string' },
  reason: { type: 'string' },
  name: { type: 'string' },
  apply: { type: 'boolean' },
  'at-a-time': { type: 'string' },
} as const;
type Flags = ReturnType<typeof parse>['values'];
type Flag = keyof typeof flags;

const everywhere: readonly Flag[] = ['json', 'data', 'help'];
const ofOperations: readonly Flag[] = ['by', 'reason', 'apply', 'name', 'actor'];

/** @throws UsageError saying what is wrong */
export function commandOf(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  const { json, data } = values;
  const [command, ...rest] = positionals;
  if (values.help === true || command === undefined) {
    if (values.help !== true) throw new UsageError('A command is missing: list, show, or an operation.');
    return { kind: 'help', json, data };
  }
  switch (command) {
    case 'list':
      only(command, values, ['machine', 'status', 'query']);
      exactly(command, rest, []);
      return { kind: 'list', json, data, machine: values.machine, status: statusOf(values), query: values.query };
    case 'show': {
      only(command, values, []);
      const [id] = exactly(command, rest, ['ID']);
      return { kind: 'show', json, data, id: instanceOf(id!) };
    }
    case 'bulk': {
      only(command, values, [...ofOperations, 'query', 'machine', 'at-a-time']);
      const [name, ...its] = rest;
      if (name === undefined) throw new UsageError("'bulk' needs an operation.");
      return {
        kind: 'bulk',
        json,
        data,
        ...asked(name, its, values),
        query: needed(values, 'query'),
        name: nameOf(needed(values, 'name')),
        machine: values.machine,
        atATime: atATimeOf(values),
      };
    }
    default: {
      const [id, ...its] = rest;
      if (isOperation(command) && id === undefined) throw new UsageError(`'${command}' needs an ID.`);
      const operation = asked(command, its, values);
      only(command, values, ofOperations);
      const name = values.name === undefined ? undefined : nameOf(values.name);
      return { kind: 'one', json, data, id: instanceOf(id!), ...operation, name };
    }
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: flags });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

const forms = {
  goto: ['STATE…'],
  assign: ['JSON'],
  'fire-timer': ['EVENT'],
  'skip-timer': ['EVENT'],
  retry: ['KEY'],
  skip: ['KEY'],
  complete: ['KEY', 'JSON'],
  redrive: [],
  stop: [],
} as const satisfies Record<string, readonly string[]>;
type OperationName = keyof typeof forms;

const isOperation = (name: string): name is OperationName => Object.hasOwn(forms, name);

function asked(name: string, args: readonly string[], values: Flags): Asked {
  if (!isOperation(name)) throw new UsageError(`There is no command '${name}'.`);
  const isOfTimer = name === 'fire-timer' || name === 'skip-timer';
  if (values.actor !== undefined && !isOfTimer) throw new UsageError(`--actor does not belong to '${name}'.`);
  const operation = operationOf(name, args, values.actor);
  const mandate = { by: needed(values, 'by'), reason: needed(values, 'reason') };
  return { operation, mandate, apply: values.apply === true };
}

function operationOf(name: OperationName, args: readonly string[], actor: string | undefined): Operation {
  if (name === 'goto') {
    if (args.length === 0) throw new UsageError("'goto' needs a STATE.");
    return { kind: 'goto', states: args };
  }
  const [first, second] = exactly(name, args, forms[name]) as [string, string];
  switch (name) {
    case 'assign':
      return { kind: 'assign', context: contextOf(first) };
    case 'fire-timer':
    case 'skip-timer': {
      const kind = name === 'fire-timer' ? 'fireTimer' : 'skipTimer';
      return { kind, event: first, ...(actor === undefined ? {} : { actor }) };
    }
    case 'retry':
    case 'skip':
      return { kind: name, invocation: first };
    case 'complete':
      return { kind: 'complete', invocation: first, output: jsonOf(second) };
    case 'redrive':
    case 'stop':
      return { kind: name };
  }
}

function exactly(command: string, args: readonly string[], form: readonly string[]): readonly string[] {
  const missing = form[args.length];
  if (missing !== undefined) throw new UsageError(`'${command}' needs ${missing}.`);
  const extra = args[form.length];
  if (extra !== undefined) throw new UsageError(`'${extra}' is too much for '${command}'.`);
  return args;
}

/** The API gives ids of accounts: what is meant is the account's contract. */
function instanceOf(id: string): string {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? `subscription-${id}` : id;
}

function only(command: string, values: Flags, allowed: readonly Flag[]): void {
  const stray = (Object.keys(values) as Flag[]).find((flag) => ![...everywhere, ...allowed].includes(flag));
  if (stray !== undefined) throw new UsageError(`--${stray} does not belong to '${command}'.`);
}

function needed(values: Flags, flag: 'by' | 'reason' | 'query' | 'name'): string {
  const value = values[flag]?.trim();
  if (!value) throw new UsageError(`--${flag} is missing.`);
  return value;
}

function statusOf({ status }: Flags): Status | undefined {
  if (status === undefined) return undefined;
  const known = statuses.find((one) => one === status);
  if (!known) throw new UsageError(`--status is one of ${statuses.join(', ')}.`);
  return known;
}

function nameOf(name: string): string {
  if (!/^[\w.-]{1,60}$/.test(name)) throw new UsageError('--name has letters, digits, dots, dashes and underscores.');
  return name;
}

function atATimeOf({ 'at-a-time': text = '4' }: Flags): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1 || n > 100) throw new UsageError('--at-a-time is a number from 1 to 100.');
  return n;
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new UsageError(`'${text}' is not JSON; text is JSON in quotes: '"text"'.`);
  }
}

function contextOf(text: string): { readonly [key: string]: Json } {
  const value = jsonOf(text);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new UsageError(`'assign' needs a JSON object of entries, e.g. '{"years": 2}'.`);
  }
  return value as { readonly [key: string]: Json };
}

/** The key of the activity, where its name was given and it is the only one of that name. */
export function withKey(operation: Operation, invocations: SnapshotAnswer['invocations']): Operation {
  if (!('invocation' in operation)) return operation;
  const [only, ...others] = invocations.filter(({ name }) => name === operation.invocation);
  return only && others.length === 0 ? { ...operation, invocation: only.key } : operation;
}
