/** The SCXML cases of SCION and the W3C, as npm has them in `@scion-scxml/test-framework`. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Happening } from '../language/life.ts';
import type { Moment } from '../plain.ts';
import { idOf, millisecond } from './content.ts';
import { scxmlFolder } from './download.ts';
import { withDescendants } from './element.ts';
import type { Element } from './element.ts';
import { eventsOfScxml } from './machine.ts';
import { parseScxml } from './parse.ts';

export interface ScxmlCase {
  /** Group and name, e.g. `history/history0`. */
  readonly name: string;
  readonly suite: 'scion' | 'w3c';
  readonly document: Element;
  readonly events: readonly string[];
  readonly happenings: readonly Happening[];
  /** What is wrong with the states gone through, in words. */
  judge(moments: readonly Moment[]): string | undefined;
}

/** A case that cannot even be read; some are broken on purpose. */
export interface UnreadCase {
  readonly name: string;
  readonly suite: 'scion' | 'w3c';
  readonly unread: string;
}

interface Script {
  readonly initialConfiguration: readonly string[];
  readonly events: readonly {
    readonly after?: number;
    readonly event: { readonly name: string; readonly data?: unknown };
    readonly nextConfiguration: readonly string[];
  }[];
}

/** Longer than anything in the W3C's cases waits, in the cases' own milliseconds. */
const aWhile = 70_000;

export function scxmlCases(): (ScxmlCase | UnreadCase)[] {
  const root = scxmlFolder();
  return readdirSync(root)
    .toSorted()
    .flatMap((group) =>
      readdirSync(join(root, group))
        .filter((file) => file.endsWith('.scxml') && !file.includes('sub'))
        .toSorted()
        .flatMap((file): (ScxmlCase | UnreadCase)[] => {
          const base = file.slice(0, -'.scxml'.length);
          const name = `${group}/${base}`;
          const suite = group === 'w3c-ecma' ? ('w3c' as const) : ('scion' as const);
          try {
            const text = (ending: string) => readFileSync(join(root, group, `${base}${ending}`), 'utf8');
            return [{ name, suite, ...caseOf(suite, text('.scxml'), JSON.parse(text('.json')) as Script) }];
          } catch (error) {
            // What belongs to another case has no script of its own.
            if ((error as { code?: string }).code === 'ENOENT') return [];
            return [{ name, suite, unread: (error as Error).message.split('\n')[0]! }];
          }
        }),
    );
}

function caseOf(
  suite: ScxmlCase['suite'],
  scxml: string,
  { initialConfiguration, events }: Script,
): Omit<ScxmlCase, 'name' | 'suite'> {
  const document = parseScxml(scxml);
  // What happens by itself is over when XState answers, also where SCION's script still sees the state before.
  const settles = events.length === 0 || suite === 'w3c';
  // Those of the W3C come to an end by themselves, which is `pass` or, where there is only one, the end.
  const ends = withDescendants(document).filter((one) => one.name === 'final');
  const right = ends.some(({ attributes }) => attributes['id'] === 'pass') ? ['pass'] : ['final'];
  const atFirst = settles && suite === 'w3c' ? right : initialConfiguration;
  const happenings: Happening[] = [];
  /** The index of the moment in which each configuration is expected. */
  const expected: [moment: number, states: readonly string[]][] = [[settles ? 1 : 0, atFirst]];
  if (settles) happenings.push(aWhile * millisecond);
  for (const { after, event, nextConfiguration } of settles ? [] : events) {
    if (after !== undefined) happenings.push(after * millisecond);
    happenings.push({ type: event.name, ...(event.data === undefined ? {} : { data: event.data as never }) });
    expected.push([happenings.length, nextConfiguration]);
  }
  return {
    document,
    events: [...new Set([...eventsOfScxml(document), ...events.map(({ event }) => event.name)])],
    happenings,
    judge: (moments) => {
      for (const [n, states] of expected) {
        const leaves = leavesOf(moments[n]?.value).toSorted();
        const wanted = states.map(idOf).toSorted();
        if (leaves.join() !== wanted.join()) return `${leaves.join(' ') || 'nothing'} instead of ${wanted.join(' ')}`;
      }
      return undefined;
    },
  };
}

/** Names of the innermost active states; in these documents they are unique. */
function leavesOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const below = leavesOf(inner);
    return below.length > 0 ? below : [name];
  });
}
