/**
 * The engine's living tree without Temporal around it: an instance on a clock that is moved by hand, which can be taken
 * apart into JSON and put together again after every happening. Thousands of lives in seconds; what a server adds is
 * tested on a server.
 */
import { Instance } from '../../engine/instance.ts';
import type { Edges, Kept } from '../../engine/instance.ts';
import type { InvocationError, Json } from '../../engine/machine.ts';
import type { CommitRecord } from '../../engine/store.ts';
import { slack } from './language/life.ts';
import { cites, eventsOf, jsonOf } from './plain.ts';
import type { Life, Lived, Moment } from './plain.ts';

/** @param restless whether the instance begins a new run after every happening */
export async function liveInProcess(life: Life, restless: boolean): Promise<Lived> {
  let time = Date.parse(life.at);
  const moments: Moment[] = [];
  const taken: boolean[] = [];
  const records: CommitRecord[] = [];
  const answers: (() => void)[] = [];
  let bug: unknown;
  const edges: Edges = {
    now: () => time,
    invoke: ({ name, input }, answer) => {
      let open = true;
      answers.push(() => {
        if (!open) return;
        try {
          answer({ done: life.answers![name]!(input as never, new Date(time).toISOString()) });
        } catch (error) {
          answer({ failed: error as InvocationError });
        }
      });
      return () => (open = false);
    },
    acted: (threw) => (bug ??= threw),
  };
  const identity = { id: 'it', machine: life.machine.id, version: '1', cite: cites, tenant: () => undefined };
  const make = (from: { input: Json } | { kept: Kept }) => new Instance(life.machine, identity, edges, from);
  let instance = make({ input: life.input });
  const drain = async () => {
    for (let rounds = 0; rounds < 100; rounds += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      instance.fireDue();
      const answer = answers.shift();
      if (!answer) break;
      answer();
    }
    if (bug) throw bug;
  };
  const settle = async () => {
    await drain();
    records.push(...instance.takeRecords());
    const { deadlines, ...view } = instance.view();
    moments.push({ ...view, due: deadlines.map(({ at }) => at) });
  };
  instance.start();
  await settle();
  for (const happening of life.happenings) {
    if (restless && instance.snapshot.status === 'active') {
      instance = make({ kept: jsonOf(instance.keep()) });
      instance.start();
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (typeof happening === 'number') {
      const target = time + happening + slack;
      for (let due = instance.timers.earliest; due !== undefined && due <= target; due = instance.timers.earliest) {
        time = Math.max(time, due);
        instance.fireDue();
        await drain();
      }
      time = target;
    }
    for (const event of eventsOf(happening)) {
      instance.fireDue();
      const can = instance.can(event);
      const fault = can ? instance.trial(event) : undefined;
      if (fault) throw fault;
      taken.push(can);
      if (can) instance.send(event, { kind: 'event', type: event.type, id: 'any' });
    }
    await settle();
  }
  return jsonOf({
    moments,
    taken,
    emitted: records.flatMap((record) => record.emitted),
    effects: records.flatMap((record) =>
      record.effects.map(({ name, params, actor }) => ({ name, params, path: actor })),
    ),
    messages: records.flatMap((record) => record.messages),
  }) as unknown as Lived;
}
