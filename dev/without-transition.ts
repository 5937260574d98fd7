/** A chart's configuration without one of its transitions, to see whether any test misses it. */
import type { Transition } from './clause-table.ts';

interface Node {
  states?: { [key: string]: Node };
  on?: { [event: string]: unknown };
  after?: { [delay: string]: unknown };
  invoke?: { onDone?: unknown };
  onDone?: unknown;
  always?: unknown;
  tags?: string[];
  [key: string]: unknown;
}

/**
 * A copy of the configuration from which the transition is missing; functions are shared with the original. Throws when
 * there is no such transition: then the table is out of date.
 */
export function withoutTransition<Config extends object>(config: Config, transition: Transition): Config {
  const copy = clone(config) as Node;
  let node = copy;
  for (const key of transition.path) {
    const next = node.states?.[key];
    if (!next) throw new Error(`${transition.text}: there is no state '${key}'`);
    node = next;
  }
  if (!remove(node, transition)) throw new Error(`${transition.text}: there is nothing like that in this state`);
  return copy as Config;
}

function remove(node: Node, { kind, name }: Transition): boolean {
  switch (kind) {
    case 'on':
    case 'after': {
      const found = node[kind]?.[name] !== undefined;
      delete node[kind]?.[name];
      return found;
    }
    case 'onDone': {
      const holder = node.invoke?.onDone === undefined ? node : node.invoke;
      const found = holder.onDone !== undefined;
      delete holder.onDone;
      return found;
    }
    case 'always':
    case 'invoke': {
      const found = node[kind] !== undefined;
      delete node[kind];
      return found;
    }
    case 'tag': {
      const found = node.tags?.includes(name) ?? false;
      node.tags = node.tags?.filter((tag) => tag !== name) ?? [];
      return found;
    }
    case 'action':
      return removeAction(node, name);
  }
}

const isNamed = (value: unknown, name: string): boolean =>
  value === name || (typeof value === 'object' && value !== null && (value as { type?: unknown }).type === name);

/** Takes the action out of every list of actions in this state and below. */
function removeAction(holder: { [key: string]: unknown }, name: string): boolean {
  let found = false;
  for (const [key, value] of Object.entries(holder)) {
    if (typeof value !== 'object' || value === null) {
      if (key === 'actions' || key === 'entry' || key === 'exit') {
        if (value !== name) continue;
        delete holder[key];
        found = true;
      }
      continue;
    }
    if (key === 'actions' || key === 'entry' || key === 'exit') {
      const list = Array.isArray(value) ? (value as unknown[]) : [value];
      const rest = list.filter((action) => !isNamed(action, name));
      found ||= rest.length < list.length;
      holder[key] = rest;
    } else if (removeAction(value as { [key: string]: unknown }, name)) found = true;
  }
  return found;
}

function clone(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clone);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, clone(below)]));
}
