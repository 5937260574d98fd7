/** Which public events the present state would take, and what stands in their way. Sandbox half; runs guards, which are pure. */
import { and, getNextTransitions } from 'xstate';
import type { AnyMachineSnapshot } from 'xstate';
import { describes } from './descriptors.ts';
import type { EventSpec } from './definition.ts';
import type { NextEvent, NextTransition } from './protocol.ts';

type Transition = ReturnType<typeof getNextTransitions>[number];

/** The public events with the transitions that wait for each, and what their guards say without a payload. */
export function nextEvents(
  snapshot: AnyMachineSnapshot,
  events: { readonly [type: string]: EventSpec | undefined },
  cite: (meta: unknown) => readonly string[],
): NextEvent[] {
  const waiting = snapshot.status === 'active' ? getNextTransitions(snapshot) : [];
  return Object.entries(events).map(([type, spec]) => {
    const transitions = waiting
      .filter(({ eventType }) => describes(eventType, type))
      .map((transition) => describe(transition, type, snapshot, cite));
    return {
      type,
      description: spec?.description ?? '',
      accepted: transitions.some(({ verdict }) => verdict !== false),
      transitions,
    };
  });
}

function describe(
  transition: Transition,
  type: string,
  snapshot: AnyMachineSnapshot,
  cite: (meta: unknown) => readonly string[],
): NextTransition {
  const { source, target, guard, meta } = transition as Transition & { readonly meta?: unknown };
  return {
    source: source.path.join('.'),
    targets: (target ?? []).map((node) => node.path.join('.')),
    guard: guard === undefined ? null : nameOf(guard),
    verdict: guard === undefined ? true : verdictOf(guard, type, snapshot),
    // Its own, else those of where it leads, else those of where it begins.
    references:
      [cite(meta), (target ?? []).flatMap((node) => cite(node.meta)), cite(source.meta)]
        .map((cited) => [...new Set(cited)])
        .find((cited) => cited.length > 0) ?? [],
  };
}

function nameOf(guard: NonNullable<Transition['guard']>): string {
  if (typeof guard === 'string') return guard;
  if (typeof guard === 'function') return guard.name === '' ? 'inline' : guard.name;
  return (guard as { type: string }).type;
}

class NeedsPayload extends Error {}

/** An event of which only the type is known: who looks at anything else is told so. */
const typeOnly = (type: string) =>
  new Proxy(
    { type },
    {
      get: (event, key) => {
        if (key === 'type' || typeof key === 'symbol') return Reflect.get(event, key) as unknown;
        throw new NeedsPayload();
      },
      has: (_event, key) => {
        if (key === 'type') return true;
        throw new NeedsPayload();
      },
      ownKeys: () => {
        throw new NeedsPayload();
      },
    },
  );

function verdictOf(guard: unknown, type: string, snapshot: AnyMachineSnapshot): NextTransition['verdict'] {
  // `and` of one guard is that guard, with all that XState does to find and parametrise it.
  const one = and([guard] as never) as unknown as {
    check(snapshot: AnyMachineSnapshot, args: { context: unknown; event: { type: string } }, self: unknown): boolean;
  };
  try {
    return one.check(snapshot, { context: snapshot.context, event: typeOnly(type) }, one);
  } catch (error) {
    return error instanceof NeedsPayload ? 'needs payload' : 'throws';
  }
}
