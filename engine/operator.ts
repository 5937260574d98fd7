/** An operator's hand in an instance: what each operation does, and what it would do. Sandbox half. */
import { assign } from 'xstate';
import type { AnyStateNode } from 'xstate';
import { OperationRefused } from './errors.ts';
import type { Edges, Instance, Transit } from './instance.ts';
import type { Json } from './machine.ts';
import type { Mandate, Operation, Plan } from './operation.ts';
import { canonical } from './protocol.ts';
import { tooLarge } from './references.ts';

/**
 * Carries out an operation as one step of the instance.
 *
 * @throws OperationRefused when it is not possible now: then nothing was changed
 */
export function operate(instance: Instance, operation: Operation, mandate: Mandate & { readonly id: string }): void {
  const act = actOf(instance, operation);
  const { id, by, reason } = mandate;
  instance.take({ kind: 'operator', operation: operation.kind, id, by, reason }, act);
}

/**
 * What the operation would do now, found out on a copy that the world does not hear of.
 *
 * @throws OperationRefused as {@link operate} would
 */
export function plan(instance: Instance, operation: Operation, now: () => number): Plan {
  const begins: string[] = [];
  let isCopied = false;
  const edges: Edges = {
    now,
    invoke: ({ name }) => {
      if (isCopied) begins.push(name);
      return () => {};
    },
    acted: () => {},
    isPlan: true,
  };
  const copy = instance.copy(edges);
  isCopied = true;
  const before = instance.view();
  operate(copy, operation, { id: 'plan', by: 'plan', reason: 'plan' });
  const large = tooLarge(instance.actor, copy.actor);
  if (large) throw new OperationRefused({ operation: operation.kind, why: large });
  const after = copy.view();
  const records = copy.takeRecords();
  const [from, to] = [before, after].map(({ context }) => (context ?? {}) as { readonly [key: string]: Json });
  const changed = [...new Set([...Object.keys(from!), ...Object.keys(to!)])].filter(
    (key) => canonical(from![key] ?? null) !== canonical(to![key] ?? null),
  );
  return {
    sequence: instance.sequence,
    at: new Date(now()).toISOString(),
    from: { status: before.status, state: before.value },
    to: { status: after.status, state: after.value, words: after.words },
    context: Object.fromEntries(changed.map((key) => [key, { from: from![key] ?? null, to: to![key] ?? null }])),
    effects: records.flatMap(({ effects }) => effects),
    messages: records.flatMap(({ messages }) => messages).map(({ to: { machine, id } }) => `${machine}/${id}`),
    deadlines: after.deadlines,
    begins,
  };
}

/** What is to be done, once it is known to be possible. */
function actOf(instance: Instance, operation: Operation): () => void {
  const refuse = (why: string): never => {
    throw new OperationRefused({ operation: operation.kind, why });
  };
  const { status } = instance.snapshot;
  if (operation.kind === 'redrive') {
    if (status !== 'error') refuse(`the instance is not in an error but ${status}`);
    if (!instance.canBeRedriven) refuse('it is not known how the instance stood before the error');
    return () => instance.redrive();
  }
  if (operation.kind === 'stop') {
    if (status !== 'active' && status !== 'error') refuse(`the instance is ${status} already`);
    return () => instance.stop();
  }
  if (status !== 'active') refuse(`the instance is ${status}`);
  switch (operation.kind) {
    case 'goto': {
      const target = operation.states.map((path) => nodeAt(instance, path) ?? refuse(`there is no state '${path}'`));
      if (target.length === 0) refuse('it names no state');
      return () => instance.transit(...withinRegions(target, new Set(instance.snapshot._nodes)));
    }
    case 'assign': {
      const context = instance.snapshot.context as { readonly [key: string]: unknown };
      for (const key of Object.keys(operation.context)) {
        if (!Object.hasOwn(context, key)) refuse(`the context has no entry '${key}'`);
      }
      return () => instance.transit({ actions: [assign(() => operation.context)] });
    }
    case 'fireTimer':
    case 'skipTimer': {
      const path = operation.actor ?? '';
      const isThere = instance.timers.has(operation.event, path);
      if (!isThere) refuse(`no timer will raise '${operation.event}'${path === '' ? '' : ` for '${path}'`}`);
      return () => {
        for (const timer of instance.timers.takeOut(operation.event, path)) {
          if (operation.kind === 'fireTimer') instance.raise(timer);
        }
      };
    }
    case 'retry':
    case 'skip':
    case 'complete': {
      const found = instance.inFlight(operation.invocation);
      if (!found) return refuse(`no activity of the key '${operation.invocation}' is under way`);
      if (operation.kind === 'retry') return () => found.again();
      const done = operation.kind === 'complete' ? operation.output : null;
      return () => found.instead({ done });
    }
  }
}

/**
 * One transition for each region that a target is in, so that the regions beside it stay as they are: from the innermost
 * active state around the target, and where these lie in each other from the outermost.
 */
function withinRegions(targets: readonly AnyStateNode[], active: ReadonlySet<AnyStateNode>): Transit[] {
  const sources = targets.map((target) => {
    if (active.has(target) && target.parent?.type === 'parallel') return target;
    let source = target.parent ?? target;
    while (!active.has(source) && source.parent) source = source.parent;
    return source;
  });
  const isIn = (node: AnyStateNode | undefined, other: AnyStateNode): boolean =>
    node !== undefined && (node === other || isIn(node.parent, other));
  const outermost = [...new Set(sources)].filter(
    (source) => !sources.some((other) => other !== source && isIn(source, other)),
  );
  return outermost.map((source) => ({ source, target: targets.filter((target) => isIn(target, source)) }));
}

function nodeAt({ machine }: Instance, path: string): AnyStateNode | undefined {
  let node: AnyStateNode | undefined = machine.root;
  for (const key of path.split('.')) node = node?.states[key] as AnyStateNode | undefined;
  return node;
}
