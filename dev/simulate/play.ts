/** Plays a scenario step by step, and compares what the API answers with what the file expects. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, ProblemBody } from '../demo/http.ts';
import { differences, inWords, type Difference } from './matching.ts';
import { ask, resolved } from './run-step.ts';
import type { Scenario, Step } from './scenario.ts';
import { Theatre, type Place } from './theatre.ts';

export interface Entry {
  readonly line: number;
  /** Contract time. */
  readonly at: string;
  readonly who: string;
  readonly what: string;
  readonly clause: string;
}

/** An expectation that was not met. */
export interface Missed {
  readonly line: number;
  readonly message: string;
}

export interface Played {
  readonly file: string;
  readonly story: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly timeline: readonly Entry[];
  /** The story stops at the first step whose expectations are not met. */
  readonly missed: readonly Missed[];
}

/** @param onEntry called for every step as it happens */
export async function play(scenario: Scenario, place: Place, onEntry?: (entry: Entry) => void): Promise<Played> {
  const began = performance.now();
  const theatre = new Theatre(place, scenario);
  const timeline: Entry[] = [];
  const ended = (missed: readonly Missed[]): Played => ({
    file: scenario.file,
    story: scenario.story,
    ok: missed.length === 0,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    timeline,
    missed,
  });
  let line = 1;
  try {
    await theatre.open();
    for (const step of scenario.steps) {
      line = step.line;
      if (step.at !== null) await theatre.advance(step.at);
      const missed = step.verb === null ? [] : await perform(theatre, scenario, step);
      const entry = { line, at: theatre.now(), who: step.who ?? 'time', what: told(step), clause: step.clause };
      timeline.push(entry);
      onEntry?.(entry);
      if (missed.length > 0) return ended(missed);
    }
    return ended([]);
  } catch (error) {
    if (place.signal?.aborted) throw error;
    return ended([{ line, message: error instanceof Error ? error.message : String(error) }]);
  }
}

/** Says it; waits for its turn where the contract is not that far yet, and for what is to be seen. */
async function perform(theatre: Theatre, scenario: Scenario, step: Step): Promise<Missed[]> {
  const giveUpAt = performance.now() + theatre.patienceMs;
  for (let pause = 20; ; pause = Math.min(pause * 2, 200)) {
    const answer = await ask(theatre, scenario, step);
    const missed = judged(theatre, step, answer);
    if (missed.length === 0) note(theatre, step, answer);
    if (missed.length === 0 || !mayCome(step, answer) || performance.now() > giveUpAt) return missed;
    await sleep(pause);
  }
}

/** What is read may be different in a moment; a command may have come too early, unless it is expected to be refused. */
function mayCome(step: Step, { status, body }: Answer): boolean {
  if (step.verb?.method === 'GET') return true;
  const problem = problemOf(body as Partial<ProblemBody>);
  const isEarly = ['event-refused', 'engine-unavailable'].includes(problem);
  const isNotThere = problem === 'not-found' && step.verb?.path.startsWith('repairs/') === true;
  return step.refused === null && status >= 400 && (isEarly || isNotThere);
}

function judged(theatre: Theatre, step: Step, { status, body }: Answer): Missed[] {
  const { refused } = step;
  const problem = body as Partial<ProblemBody>;
  if (refused !== null) {
    if (status < 400) return [missed(step, '/refused', `expected ${refused.problem}, and it was taken`)];
    const is = { problem: problemOf(problem), field: problem.field ?? null };
    const asExpected = is.problem === refused.problem && (refused.field === null || refused.field === is.field);
    const told = (one: typeof is): string => (one.field === null ? one.problem : `${one.problem} at ${one.field}`);
    return asExpected
      ? []
      : [missed(step, '/refused', `expected ${told(refused)}, the API says ${told(is)}: ${problem.detail ?? ''}`)];
  }
  if (status >= 400) {
    const field = problem.field?.startsWith('/') === true ? `/with${problem.field}` : '';
    const where = problem.field === undefined ? '' : ` at ${problem.field}`;
    return [
      missed(step, field, `refused with ${problemOf(problem)}${where}: ${problem.detail ?? problem.title ?? status}`),
    ];
  }
  const wrong = step.that === undefined ? [] : differences(resolved(theatre, step.that), body);
  return [
    ...wrong.map((one) => missed(step, `/that${one.pointer}`, differing(one))),
    ...step.without.flatMap((name, index) =>
      name in (body as object) ? [missed(step, `/without/${index}`, `'${name}' is there, and must not be`)] : [],
    ),
  ];
}

function missed(step: Step, pointer: string, message: string): Missed {
  return { line: step.lineOf(pointer), message: `${step.who} ${step.phrase}: ${message}` };
}

function differing({ pointer, expected, actual }: Difference): string {
  const name = pointer.slice(1).replaceAll('/', '.');
  return `expected ${name} ${inWords(expected)}, the API says ${inWords(actual).slice(0, 600)}`;
}

const problemOf = ({ type = '' }: Partial<ProblemBody>): string => type.replace('/problems/', '');

/** Later steps may name what this one made. */
function note(theatre: Theatre, step: Step, { body }: Answer): void {
  const { verb, as } = step;
  if (verb?.makes === undefined || step.refused !== null) return;
  const { claimId, sha256 } = body as { claimId?: string; sha256?: string };
  const made = verb.makes === 'claim' ? claimId! : sha256!;
  if (verb.makes === 'claim') theatre.lastClaim = made;
  if (as !== null) theatre.made.set(as, made);
}

function told({ who, at, of, phrase, refused, that, with: fields }: Step): string {
  if (who === null) return `the clock moves ${at!.startsWith('P') ? 'by' : 'to'} ${at}`;
  const particulars = that ?? (Object.keys(fields).length > 0 ? fields : undefined);
  const about = of === null ? '' : ` of ${of}`;
  const more = particulars === undefined ? '' : `: ${inWords(particulars)}`;
  const text = `${phrase}${about}${more}`;
  return `${text.length > 140 ? `${text.slice(0, 139)}…` : text}${refused === null ? '' : ` — refused: ${refused.problem}`}`;
}
