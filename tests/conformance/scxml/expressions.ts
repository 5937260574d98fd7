/**
 * The ECMAScript data model of SCXML: expressions over the machine's data and the event. Evaluated as code where the
 * machine runs, in a workflow's sandbox too.
 */
import type { AnyEventObject } from 'xstate';

export type Data = { [name: string]: unknown };

/** What an expression sees. */
export interface Scope {
  readonly data: Data;
  /** Names of the whole data model: JSON keeps no `undefined`, and a name without a value is still there. */
  readonly declared: ReadonlySet<string>;
  readonly event: AnyEventObject | undefined;
  readonly isIn: (id: string) => boolean;
  readonly name: string;
  /** The id of the actor whose data it is. */
  readonly actor?: string;
}

/** A value or a location that is not there, or code that throws: `error.execution` of SCXML. */
export class ExecutionError extends Error {
  override readonly name = 'ExecutionError';
}

/** @throws ExecutionError */
export function evaluate(expression: string, scope: Scope): unknown {
  return run(`with (scope) { return (${expression}\n); }`, scope);
}

/** Runs statements, which may change the data. @throws ExecutionError */
export function execute(code: string, scope: Scope): void {
  run(`with (scope) { ${code}\n }`, scope, undefined, true);
}

/** @throws ExecutionError when the location is no variable of the data model. */
export function assignTo(location: string, value: unknown, scope: Scope): void {
  const root = /^\s*([\p{L}_$][\p{L}\p{N}_$]*)/u.exec(location)?.[1];
  if (root === undefined || !(scope.declared.has(root) || root in scope.data)) {
    throw new ExecutionError(`'${location}' is no location`);
  }
  run(`with (scope) { ${location} = value; }`, scope, value);
}

/** Data that may be changed without anybody seeing it who holds the original. */
export function copyOf<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyOf) as T;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf(inner)])) as T;
}

/** @param mayDeclare whether a name that is nowhere becomes one of the data */
function run(code: string, scope: Scope, value?: unknown, mayDeclare = false): unknown {
  const { data, declared, event, isIn, name } = scope;
  const system: Data = {
    In: isIn,
    _name: name,
    _sessionid: 'conformance',
    _ioprocessors: {},
    _event: event && eventOf(event),
  };
  const names = new Proxy(data, {
    has: (_, key) =>
      typeof key === 'string' &&
      (key in system || declared.has(key) || key in data || (mayDeclare && !(key in globalThis))),
    get: (_, key) => (typeof key !== 'string' ? undefined : key in system ? system[key] : data[key]),
    set: (_, key, next: unknown) => {
      if (typeof key !== 'string' || key in system) throw new ExecutionError(`'${String(key)}' belongs to the system`);
      data[key] = next;
      return true;
    },
  });
  try {
    // `with` needs sloppy mode, and modules are strict: so the code is made here.
    // oxlint-disable-next-line no-implied-eval, typescript/no-implied-eval -- the cases are code, and this is their interpreter
    const made = new Function('scope', 'value', code) as (names: Data, value: unknown) => unknown;
    return made(names, value);
  } catch (error) {
    throw new ExecutionError(error instanceof Error ? error.message : String(error));
  }
}

/** How SCXML names an event that XState names otherwise. */
export function scxmlName(type: string): string {
  return type.replace(/^xstate\.done\.state\./, 'done.state.').replace(/^xstate\.done\.actor\./, 'done.invoke.');
}

function eventOf(event: AnyEventObject): Data {
  const { type, data, output, sendid, origin, origintype, kind } = event as AnyEventObject & {
    readonly [key: string]: unknown;
  };
  return {
    name: scxmlName(type),
    data: data ?? output,
    sendid,
    origin,
    origintype,
    type: kind ?? (type.startsWith('xstate.') ? 'platform' : 'external'),
    ...(type.startsWith('xstate.done.actor.') ? { invokeid: type.slice('xstate.done.actor.'.length) } : {}),
  };
}
