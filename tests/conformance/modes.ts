/** Leads cases through the modes in which an instance must be what plain XState is, and says where it is not. */
import type { Json } from '../../engine/machine.ts';
import type { Answers } from '../../engine/simulate.ts';
import { differences, openLaboratory } from './laboratory.ts';
import type { Laboratory } from './laboratory.ts';
import { specimens } from './language/index.ts';
import type { Happening } from './language/life.ts';
import { livePlain } from './plain.ts';
import type { Lived, Moment } from './plain.ts';
import { scxmlCases } from './scxml/cases.ts';
import { definitionOf } from './subjects.ts';
import type { SubjectInput } from './subjects.ts';

/**
 * `plain`: XState alone. `durable`: on a server. `restless`: there, in a new run after every update. `uncached`: there, and
 * no workflow stays in memory between tasks, so that each is replayed from its beginning. `killed`: there, and the worker is a
 * process that is killed again and again. `replay`: what `durable`, `uncached` and `killed` recorded, of those that are led,
 * replayed, and asked how it stands.
 */
export const modes = ['plain', 'durable', 'restless', 'uncached', 'killed', 'replay'] as const;
export type Mode = (typeof modes)[number];

/** Where every life begins: far enough ahead that nobody runs this after it. ISO. */
export const at = '2037-03-10T02:20:00.000Z';

export interface Case {
  readonly group: string;
  readonly name: string;
  readonly input: SubjectInput;
  readonly happenings: readonly Happening[];
  /** What the moments must be, beside being those of plain XState. */
  readonly judge?: (moments: readonly Moment[]) => string | undefined;
  /** What activities answer. */
  readonly answers?: Answers;
  /** A case that there is nothing to run of, and why. */
  readonly unread?: string;
}

export interface Verdict {
  readonly group: string;
  readonly name: string;
  readonly mode: Mode | 'replay of uncached' | 'replay of killed';
  /** Why it fails; none when it passes. */
  readonly failures: readonly string[];
  /** It passes in plain mode, and no instance can live it: what its context holds that is not JSON. */
  readonly unkept?: string;
}

export interface Course {
  readonly address: string;
  readonly modes: readonly Mode[];
  /** How many lives are led at the same time. */
  readonly width: number;
  readonly onProgress?: (text: string) => void;
  readonly signal?: AbortSignal;
  /** As each case is judged. */
  readonly onVerdict?: (verdict: Verdict) => void;
}

/** The cases of SCION and the W3C. */
export function scxml(): Case[] {
  return scxmlCases().map((one) => {
    const common = { group: one.suite, name: one.name };
    if ('unread' in one) {
      return { ...common, input: { subject: { specimen: '' } }, happenings: [], unread: one.unread };
    }
    const { document, events, happenings, judge } = one;
    return { ...common, input: { subject: { chart: { kind: 'scxml', document, events } } }, happenings, judge };
  });
}

/** The lives of the specimens. */
export function language(): Case[] {
  return Object.values(specimens).flatMap(({ machine, input = {}, lives }) =>
    lives.map((happenings, n) => ({
      group: 'language',
      name: `${machine.id}, life ${n + 1}`,
      input: { ...input, subject: { specimen: machine.id } },
      happenings,
    })),
  );
}

/** Only cases that pass in plain mode are led through the others: what XState does not do, no engine does. */
export async function judgeAll(cases: readonly Case[], course: Course): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const found = (verdict: Verdict): void => {
    verdicts.push(verdict);
    course.onVerdict?.(verdict);
  };
  const plain = new Map<Case, Lived>();
  for (const one of cases) {
    const { lived, failure } = await judgePlain(one);
    const unkept = lived?.lost === undefined ? {} : { unkept: lived.lost };
    if (course.modes.includes('plain'))
      found({ ...verdictOf(one, 'plain', failure === undefined ? [] : [failure]), ...unkept });
    if (lived && failure === undefined && lived.lost === undefined) plain.set(one, lived);
  }
  course.onProgress?.(`plain: ${plain.size} of ${cases.length} pass`);
  const served: Mode[] = course.modes.filter((mode) => mode !== 'plain' && mode !== 'replay');
  if (course.modes.includes('replay') && !served.some((mode) => mode !== 'restless')) served.unshift('durable');
  let bundle: Laboratory['bundle'] | undefined;
  for (const mode of served) {
    const laboratory: Laboratory = await openLaboratory({
      address: course.address,
      // The same for all that need any.
      answers: cases.find(({ answers }) => answers)?.answers ?? {},
      ...(bundle ? { bundle } : {}),
      ...(mode === 'killed' ? { mortal: true } : {}),
      ...(mode === 'uncached' ? { tuning: { maxCachedWorkflows: 0 } } : {}),
    });
    bundle = laboratory.bundle;
    try {
      const ids = new Map<string, Case>();
      let done = 0;
      await inParallel([...plain], course, async ([one, lived]) => {
        const failures = await judgeServed(one, mode, laboratory, lived, (id) => ids.set(id, one));
        if ((done += 1) % 50 === 0) course.onProgress?.(`${mode}: ${done} of ${plain.size}`);
        if (course.modes.includes(mode)) found(verdictOf(one, mode, failures));
      });
      if (mode === 'killed') {
        course.onProgress?.(`killed: the worker died ${laboratory.deaths()} times`);
        if (laboratory.deaths() === 0)
          throw new Error('The lives were over before a worker was killed: lead more of them');
      }
      if (mode !== 'restless' && course.modes.includes('replay')) {
        const replay = mode === 'durable' ? 'replay' : (`replay of ${mode as 'uncached' | 'killed'}` as const);
        course.onProgress?.(`${replay}: ${ids.size} histories`);
        for (const [id, faults] of await laboratory.replay([...ids.keys()])) {
          found(verdictOf(ids.get(id)!, replay, faults));
        }
      }
    } finally {
      await laboratory.close();
    }
  }
  return verdicts;
}

function verdictOf({ group, name }: Case, mode: Verdict['mode'], failures: readonly string[]): Verdict {
  return { group, name, mode, failures };
}

async function judgePlain(one: Case): Promise<{ lived?: Lived; failure?: string }> {
  if (one.unread !== undefined) return { failure: one.unread };
  try {
    const {
      machine,
      options: { cite },
    } = definitionOf(one.input);
    const input = one.input as unknown as Json;
    const { happenings, answers } = one;
    const lived = await livePlain({
      machine,
      input,
      at,
      happenings,
      ...(answers ? { answers } : {}),
      ...(cite ? { cite } : {}),
    });
    const failure = one.judge?.(lived.moments);
    return { lived, ...(failure === undefined ? {} : { failure }) };
  } catch (error) {
    return { failure: String(error) };
  }
}

async function judgeServed(
  { input, happenings, judge }: Case,
  mode: Mode,
  laboratory: Laboratory,
  plain: Lived,
  began: (id: string) => void,
): Promise<string[]> {
  try {
    const { id, ...lived } = await laboratory.live({ input, at, happenings, restless: mode === 'restless' });
    began(id);
    const failure = judge?.(lived.moments);
    const runs = mode === 'restless' ? await laboratory.runs(id) : undefined;
    return [
      ...differences(lived, plain),
      ...(failure === undefined ? [] : [failure]),
      ...(runs === undefined || runs >= runsOf(lived) ? [] : [`had ${runs} runs, of at least ${runsOf(lived)}`]),
    ];
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    return [
      `${String(error)}${cause === undefined ? '' : `: ${cause instanceof Error ? cause.message : JSON.stringify(cause)}`}`,
    ];
  }
}

/** How many runs at least it must have had, if it began a new one after every event: an end and several at once are none. */
function runsOf({ moments, taken }: Lived): number {
  const isOpen = moments.at(-1)?.status === 'active';
  return isOpen && taken.includes(true) ? 2 : 1;
}

/** Once it is called off, those that have begun are judged to their end, and the others not at all. */
async function inParallel<T>(items: readonly T[], course: Course, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined && !course.signal?.aborted; next = queue.shift())
      await work(next);
  };
  await Promise.all(Array.from({ length: course.width }, lane));
  course.signal?.throwIfAborted();
}
