/**
 * Ways through the product's machines: random ones by a seed, and the shortest to every state. A way is found by walking it
 * under plain XState, with events that the machine's own schemas describe and values that its data offers; what comes of it
 * is a life, to be led again elsewhere.
 */
import { fromTransition } from 'xstate';
import type { AnyActorRef, AnyMachineSnapshot, AnyStateMachine, InspectionEvent } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { canonical } from '../../engine/protocol.ts';
import { simulate } from '../../engine/simulate.ts';
import type { Simulation } from '../../engine/simulate.ts';
import { leavesOf } from '../../engine/view.ts';
import { chanceOf, oneOf, usual } from './chance.ts';
import { domainAnswers, domains, endings, inputOf, preludes, schemas, standing } from './domains.ts';
import type { Domain } from './domains.ts';
import { eventOf, offeredBy, variantsOf } from './events.ts';
import type { Offered } from './events.ts';
import { hour, slack } from './language/life.ts';
import type { Happening, Said } from './language/life.ts';
import { at } from './modes.ts';
import type { Case } from './modes.ts';
import { eventsOf } from './plain.ts';
import { definitionOf } from './subjects.ts';
import type { SubjectInput } from './subjects.ts';

/** A wait ends so far from every deadline that a workflow's clock, which runs on, is on the same side. */
const margin = 10 * 60_000;

type Walked = Simulation<AnyStateMachine>;

function begin(input: SubjectInput, inspect?: (step: InspectionEvent) => void): Walked {
  const { machine } = definitionOf(input);
  return simulate(machine, { at, input: input as never, answers: domainAnswers, ...(inspect ? { inspect } : {}) });
}

/** Moves to an instant, and says when the last deadline on the way was. */
function advanceTo(one: Walked, target: number): number {
  let last = -Infinity;
  for (let [due] = one.due(); due !== undefined && Date.parse(due) <= target; [due] = one.due()) {
    last = Math.max(Date.parse(due), last);
    one.advanceTo(due);
  }
  one.advanceTo(new Date(target).toISOString());
  return last;
}

/** Ends a wait where no deadline is near: what falls due meanwhile may set new ones. */
function wait(one: Walked, milliseconds: number): number {
  const from = Date.parse(one.now());
  let total = milliseconds + slack;
  let last = advanceTo(one, from + total);
  for (let tries = 0; tries < 20; tries += 1) {
    const now = from + total;
    if (last <= now - margin && !one.due().some((due) => Date.parse(due) < now + margin)) break;
    total += hour;
    last = advanceTo(one, from + total);
  }
  return total - slack;
}

/** What it has said, and what it knows. */
function offeredAt(one: Walked): Offered {
  return offeredBy([one.messages.map(({ message }) => message), one.actor.getSnapshot().context]);
}

/** A random way: mostly of events that are taken, with others among them. */
export function randomWalk(domain: Domain, seed: number, steps = 16): Case {
  const chance = chanceOf(seed * domains.length + domains.indexOf(domain));
  const input = inputOf(domain, chance);
  const one = begin(input);
  const types = Object.keys(schemas[domain]);
  const happenings: Happening[] = [];
  const can = (event: Said): boolean => one.actor.getSnapshot().can(event as never);
  const tell = (event: Said) => {
    happenings.push(event);
    one.actor.send(event as never);
    one.advanceBy(0);
  };
  const prelude = chance(2) === 0 || preludes[domain].length === 0 ? [] : oneOf(chance, preludes[domain]);
  for (const type of prelude.slice(0, 1 + chance(prelude.length + 1))) {
    const offered = offeredAt(one);
    for (let tries = 0; tries < 8; tries += 1) {
      const isUsual = tries === 0 && chance(3) > 0;
      const event = eventOf(type, schemas[domain][type]!, offered, isUsual ? usual : chance);
      if (!can(event)) continue;
      tell(event);
      break;
    }
  }
  for (let n = 0; n < steps && one.actor.getSnapshot().status === 'active'; n += 1) {
    const [next] = one.due();
    if (types.length === 0 || chance(4) === 0) {
      const far =
        next === undefined || chance(3) === 0
          ? chance(20 * 24) * hour
          : Date.parse(next) - Date.parse(one.now()) + hour;
      happenings.push(wait(one, far));
      continue;
    }
    const offered = offeredAt(one);
    let event: Said = { type: types[0]! };
    // Mostly what is taken: the rest shows that refusals are the same.
    for (let tries = 0; tries < 6; tries += 1) {
      const type = oneOf(chance, types);
      if (endings.has(type) && chance(10) > 0) continue;
      event = eventOf(type, schemas[domain][type]!, offered, chance);
      if (can(event) || chance(12) === 0) break;
    }
    tell(event);
  }
  return {
    group: `walk ${domain}`,
    name: `seed ${seed}`,
    input,
    happenings,
    answers: domainAnswers,
  };
}

/** Goes a way once more, and gives what goes it at the start and after each happening. */
export function* walked(
  input: SubjectInput,
  happenings: readonly Happening[],
  inspect?: (step: InspectionEvent) => void,
): Generator<Walked> {
  const one = begin(input, inspect);
  yield one;
  for (const happening of happenings) {
    if (typeof happening === 'number') one.advanceBy(happening + slack);
    for (const event of eventsOf(happening)) {
      one.actor.send(event as never);
      one.advanceBy(0);
    }
    yield one;
  }
}

/** What can be told of where it stands: its innermost states, those of its children, and what of its data decides what may come. */
function tokensOf(domain: Domain, { actor }: Walked): string[] {
  const snapshot = actor.getSnapshot() as AnyMachineSnapshot;
  const children = Object.values(snapshot.children as { [id: string]: AnyActorRef | undefined });
  const data = Object.entries(standing[domain]?.(snapshot.context as never) ?? {});
  return [
    ...leavesOf(snapshot),
    ...children.map((child) => `child ${canonical((child?.getSnapshot() as AnyMachineSnapshot | undefined)?.value)}`),
    ...data.map(([name, value]) => `${name} ${value}`),
  ];
}

/**
 * What it costs is the share of a term that is left: right at its beginning all of it, and a minor unit less some milliseconds later, which is
 * when a durable instance is asked.
 */
const isPricedByTheMoment = ({ type }: { readonly type: string }): boolean => type === 'edition.requested';

/**
 * The shortest ways, of events with likely values and of waiting, to each state and to each two things together that can be told
 * of it. All combinations of what goes on beside each other in a repair would be thousands.
 */
export function shortestWays(domain: Domain, limit = 50_000): Case[] {
  const input = inputOf(domain, usual);
  const shown = new Set<string>();
  /** Nothing new leads back to the start, where nobody goes on from twice. */
  const start = 'the start';
  const kindOf = (one: Walked, ways: readonly Happening[]): string => {
    const tokens = tokensOf(domain, one);
    const pairs = tokens.flatMap((token) => tokens.map((other) => `${token}, ${other}`));
    const isNew = pairs.some((pair) => !shown.has(pair));
    for (const pair of pairs) shown.add(pair);
    return isNew && ways.length > 0 ? canonical(ways) : start;
  };
  const after = (ways: readonly Happening[]): Walked => [...walked(input, ways)].at(-1)!;
  const state = (ways: readonly Happening[]) => {
    const one = after(ways);
    const snapshot = one.actor.getSnapshot();
    const next = (): { type: string; happenings: Happening[] }[] => {
      if (snapshot.status !== 'active' || ways.length >= 14) return [];
      const offered = offeredAt(one);
      const events = Object.entries(schemas[domain])
        .flatMap(([type, schema]) => variantsOf(type, schema, offered))
        .filter((event) => snapshot.can(event as never))
        .map((event) => ({
          type: canonical(event),
          happenings: [...(isPricedByTheMoment(event) ? [wait(after(ways), hour)] : []), event as Happening],
        }));
      const [due] = one.due();
      if (due === undefined) return events;
      const happening = wait(one, Date.parse(due) - Date.parse(one.now()) + hour);
      return [...events, { type: `wait ${happening}`, happenings: [happening] }];
    };
    return { ways, kind: kindOf(one, ways), next };
  };
  const model = fromTransition(
    (from: ReturnType<typeof state>, step: { type: string; happenings: Happening[] }) =>
      state([...from.ways, ...step.happenings]),
    state([]),
  );
  const paths = getShortestPaths(model, {
    events: (snapshot) => snapshot.context.next(),
    serializeState: (snapshot) => snapshot.context.kind,
    limit,
  });
  return paths.map((path, n) => ({
    group: `paths ${domain}`,
    name: `path ${n + 1}`,
    input,
    happenings: path.state.context.ways,
    answers: domainAnswers,
  }));
}
