/**
 * References to actors in what an instance takes along to its next run. XState finds again only those of an actor's own
 * children; a parent, a sibling that was handed over as input, or an actor that has ended would be lost. Here each is kept
 * as its place in the tree.
 */
import { StateMachine, createActor, fromCallback } from 'xstate';
import type { AnyActorRef, AnyMachineSnapshot } from 'xstate';
import { actorAt, pathOf } from './machine.ts';
import type { Json } from './machine.ts';
import { bytesOf, notPlain } from './plain-data.ts';
import { contextLimit } from './protocol.ts';

/** Stands for a reference in JSON; the value is the path of the actor. */
const mark = 'engine$actor';

interface Persisted {
  context?: unknown;
  children?: { [id: string]: { snapshot: Persisted } | undefined };
}

function isActor(value: unknown): value is AnyActorRef {
  return typeof value === 'object' && value !== null && 'sessionId' in value && 'send' in value && 'ref' in value;
}

/** The snapshot of an actor tree as JSON; errors keep their name and message, references their places. */
export function persist(root: AnyActorRef): Json {
  const persisted = root.getPersistedSnapshot() as Persisted;
  const givenBack = (part: Persisted, actor: AnyActorRef): void => {
    const snapshot = actor.getSnapshot() as Partial<AnyMachineSnapshot> | undefined;
    if (part.children === undefined || snapshot?.children === undefined) return;
    part.context = snapshot.context;
    for (const [id, child] of Object.entries(part.children)) {
      const living = (snapshot.children as { [id: string]: AnyActorRef | undefined })[id];
      if (child && living) givenBack(child.snapshot, living);
    }
  };
  givenBack(persisted, root);
  const text = JSON.stringify(persisted, function (this: { [key: string]: unknown }, key, value: unknown) {
    const original = this[key];
    if (isActor(original)) return { [mark]: pathOf(original) };
    if (original instanceof Error) return { name: original.name, message: original.message };
    return value;
  });
  return JSON.parse(text) as Json;
}

/** Puts the references back into a tree that was made from what {@link persist} gave, before it is started. */
export function restoreReferences(root: AnyActorRef): void {
  const find = (path: string): AnyActorRef => actorAt(root, path) ?? ended(root, path);
  const visit = (actor: AnyActorRef): void => {
    const snapshot = actor.getSnapshot() as { context?: unknown; input?: unknown; children?: object } | undefined;
    replace(snapshot, 'context', find);
    replace(snapshot, 'input', find);
    for (const child of Object.values(snapshot?.children ?? {}) as (AnyActorRef | undefined)[]) if (child) visit(child);
  };
  visit(root);
}

function replace(holder: unknown, key: string, find: (path: string) => AnyActorRef): void {
  const fields = holder as { [key: string]: unknown } | undefined;
  const value = fields?.[key];
  if (typeof value !== 'object' || value === null || isActor(value)) return;
  const path = (value as { [mark]?: unknown })[mark];
  if (typeof path === 'string') fields![key] = find(path);
  else for (const inner of Object.keys(value)) replace(value, inner, find);
}

const nothing = fromCallback(() => {});

/** An actor that hears nothing any more: what a reference to one that has ended is worth. */
function ended(root: AnyActorRef, path: string): AnyActorRef {
  const slash = path.lastIndexOf('/');
  const id = path
    .slice(slash + 1)
    .replaceAll('%2F', '/')
    .replaceAll('%25', '%');
  const actor = createActor(nothing, { id, parent: actorAt(root, slash < 0 ? '' : path.slice(0, slash)) ?? root });
  (actor as unknown as { _stop(): void })._stop();
  return actor;
}

/** The machine's first child that cannot be found again in a new run, in words. */
export function unnamedChild(snapshot: Pick<AnyMachineSnapshot, 'children'>): string | undefined {
  for (const [key, child] of Object.entries(snapshot.children as { [id: string]: AnyActorRef | undefined })) {
    if (!child) continue;
    if (typeof child.src !== 'string') {
      return `the actor '${child.id}' is spawned from logic without a name: name it in setup({ actors })`;
    }
    if (key !== child.id) return `the actor '${child.src}' is spawned without an id: give spawnChild one`;
  }
  return undefined;
}

/**
 * As `notPlain`, for the contexts of an actor's machine and of all machines in it.
 *
 * @param plain contexts that were found to be plain before, to which those of now are added
 */
export function notPlainIn(actor: AnyActorRef, plain: WeakSet<object>): string | undefined {
  if (!runsMachine(actor)) return undefined;
  const { context, children } = actor.getSnapshot() as { context: object } & Pick<AnyMachineSnapshot, 'children'>;
  if (!plain.has(context)) {
    const path = pathOf(actor);
    const found = notPlain(context, path === '' ? 'context' : `${path}: context`);
    if (found) return found;
    plain.add(context);
  }
  for (const id in children) {
    const child = (children as { [id: string]: AnyActorRef | undefined })[id];
    const found = child && notPlainIn(child, plain);
    if (found) return found;
  }
  return undefined;
}

/**
 * Why an instance may not become what it would be; undefined where its contexts are small enough, or become smaller.
 *
 * @param then the root as it would be, or how actors of its tree would stand
 */
export function tooLarge(root: AnyActorRef, then: AnyActorRef | Standing): string | undefined {
  const bytes = then instanceof Map ? bytesIn(root, then) : bytesIn(then as AnyActorRef);
  if (bytes <= contextLimit || bytes <= bytesIn(root)) return undefined;
  return `its contexts would have ${bytes} bytes as JSON, and may have ${contextLimit}`;
}

type Standing = ReadonlyMap<AnyActorRef, AnyMachineSnapshot>;

function bytesIn(actor: AnyActorRef, standing?: Standing): number {
  if (!runsMachine(actor)) return 0;
  const { context, children } = standing?.get(actor) ?? (actor.getSnapshot() as AnyMachineSnapshot);
  let bytes = bytesOf(JSON.stringify(context));
  for (const id in children) {
    const child = (children as { [id: string]: AnyActorRef | undefined })[id];
    if (child) bytes += bytesIn(child, standing);
  }
  return bytes;
}

/** Whether an actor runs a machine. */
export function runsMachine(actor: AnyActorRef): boolean {
  return (actor as unknown as { logic: unknown }).logic instanceof StateMachine;
}
