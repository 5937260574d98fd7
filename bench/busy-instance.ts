/**
 * A great many events at one instance: whether each is taken once, in order, and the instance answers throughout, over as
 * many continue-as-new as that takes.
 */
import type { InstanceHandle } from '../engine/client.ts';
import type { parcelMachine } from '../tests/engine/toy/parcel/machine.ts';

export interface SoakReport {
  readonly events: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Runs of the workflow that it took. */
  readonly runs: number;
  /** The longest that one event waited for its answer, in milliseconds. */
  readonly slowestMs: number;
  /** Events whose step is missing, is there twice, or is not where its answer said. */
  readonly lost: number;
  readonly twice: number;
  readonly misplaced: number;
}

/** Events that the sender has under way at once. */
const WINDOW = 200;

/**
 * @param one a fresh parcel whose steps can be read from a store
 * @param runsOf how many runs the instance has had
 */
export async function soak(
  one: InstanceHandle<typeof parcelMachine>,
  events: number,
  runsOf: () => Promise<number>,
  { onProgress, signal }: { onProgress?: (text: string) => void; signal?: AbortSignal } = {},
): Promise<SoakReport> {
  const began = performance.now();
  const answered = new Map<string, number>();
  let slowestMs = 0;
  const send = async (n: number) => {
    const sentAt = performance.now();
    const { sequence } = await one.send({ type: 'told', n }, { id: `t${n}` });
    slowestMs = Math.max(slowestMs, performance.now() - sentAt);
    answered.set(`t${n}`, sequence);
  };
  let sent = 0;
  const underWay = new Set<Promise<void>>();
  for (; sent < events && !signal?.aborted; sent += 1) {
    if (underWay.size >= WINDOW) await Promise.race(underWay);
    const sending = send(sent).finally(() => underWay.delete(sending));
    underWay.add(sending);
    if (sent > 0 && sent % 1000 === 0) {
      onProgress?.(`${sent} events, ${Math.round(sent / ((performance.now() - began) / 1000))} per second`);
    }
  }
  await Promise.all(underWay);
  const seconds = (performance.now() - began) / 1000;
  const steps = new Map<string, number[]>();
  // The last one may still be on its way to the store.
  const last = Math.max(...[...answered.values()].slice(-WINDOW));
  for await (const { sequence, causes } of one.changes({ after: 0, signal: AbortSignal.timeout(60_000) })) {
    for (const cause of causes) {
      if (cause.kind === 'event') steps.set(cause.id, [...(steps.get(cause.id) ?? []), sequence]);
    }
    if (sequence >= last) break;
  }
  const found = [...answered].map(([id, sequence]) => ({ sequence, at: steps.get(id) ?? [] }));
  return {
    events: answered.size,
    seconds: Math.round(seconds),
    perSecond: Math.round(sent / seconds),
    runs: await runsOf(),
    slowestMs: Math.round(slowestMs),
    lost: found.filter(({ at }) => at.length === 0).length,
    twice: found.filter(({ at }) => at.length > 1).length,
    misplaced: found.filter(({ at, sequence }) => at.length > 0 && !at.includes(sequence)).length,
  };
}
