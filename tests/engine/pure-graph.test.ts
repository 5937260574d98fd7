/** A machine as data for a picture, and an instance on it. */
import { and, assign, createMachine, not, or, raise, setup, spawnChild, stateIn } from 'xstate';
import type { AnyActorRef } from 'xstate';
import { describe, expect, it } from 'vitest';
import { graphOf, livelinessOf, liveGraphOf } from '../../engine/graph.ts';
import type { GraphEdge } from '../../engine/graph.ts';
import { activity } from '../../engine/machine.ts';
import { edgeText, mermaidOf } from '../../engine/mermaid.ts';
import { simulate } from '../../engine/simulate.ts';
import { Timers } from '../../engine/timers.ts';
import { viewOf } from '../../engine/view.ts';
import { lamp } from './toy/machine.ts';

const cite = (meta: unknown) => (meta as { cites?: string[] } | undefined)?.cites ?? [];

const coupon = setup({}).createMachine({
  id: 'coupon',
  initial: 'valid',
  states: { valid: { after: { 5000: 'lapsed' } }, lapsed: { type: 'final' } },
});

const shopMachine = setup({
  types: {} as {
    context: { closesAt: string };
    events: { type: 'knock' } | { type: 'leave'; loudly?: boolean } | { type: 'receipt.paid' } | { type: 'offer' };
  },
  actors: { coupon, price: activity<null, number>('price') },
  guards: {
    isOpen: () => true,
    isPaid: () => true,
    isLate: (_, params: { by: number }) => params.by > 0,
    isInside: stateIn('#inside'),
  },
  actions: { greet: () => {}, note: (_args, _params: { what: string }) => {} },
  delays: { closing: ({ context }) => Date.parse(context.closesAt) },
}).createMachine({
  id: 'shop',
  description: 'A shop',
  context: { closesAt: '2030-01-01T18:00:00.000Z' },
  initial: 'shut',
  on: { 'receipt.*': { actions: { type: 'note', params: { what: 'receipt' } } }, leave: '.shut' },
  states: {
    shut: {
      description: 'Nobody is in',
      meta: { cites: ['S1'] },
      on: {
        knock: [
          {
            guard: and(['isOpen', or(['isPaid', not('isInside')])]),
            target: 'inside',
            actions: 'greet',
            meta: { cites: ['S2'] },
          },
          { guard: { type: 'isLate', params: { by: 1 } }, target: 'inside.again' },
          { guard: stateIn({ inside: 'till' }), target: 'shut', reenter: true },
          { guard: ({ event }) => event.type === 'knock', actions: assign({}) },
          { actions: ['greet', raise({ type: 'offer' })], description: 'Nobody hears it' },
        ],
        offer: { actions: [spawnChild('coupon', { id: ({ context }) => `of-${context.closesAt}` })] },
      },
    },
    inside: {
      id: 'inside',
      type: 'parallel',
      tags: ['busy', 'open'],
      entry: 'greet',
      exit: { type: 'note', params: { what: 'left' } },
      states: {
        till: {
          initial: 'asking',
          states: {
            asking: {
              invoke: { id: 'asked', src: 'price', input: null, onDone: 'told', onError: { target: 'told' } },
              after: {
                closing: { target: '#inside', reenter: true },
                60_000: [{ guard: 'isPaid', target: 'told' }, { target: 'told' }],
              },
            },
            told: { type: 'final' },
          },
        },
        lights: {
          initial: 'on',
          states: { on: { always: { guard: 'isPaid', target: 'dim' } }, dim: { type: 'final' } },
        },
        again: { type: 'history', history: 'deep' },
      },
      onDone: 'shut',
    },
  },
});

const shop = graphOf(shopMachine, cite);
const from = (source: string): GraphEdge[] => shop.edges.filter((edge) => edge.source === source);

describe('the graph of a machine', () => {
  it('has a node for every state, in the order of the chart', () => {
    expect(shop.nodes.map(({ path, type, parent }) => `${path || '*'} ${type} ${parent}`)).toEqual([
      '* compound null',
      'shut atomic shop',
      'inside parallel shop',
      'inside.till compound inside',
      'inside.till.asking atomic shop.inside.till',
      'inside.till.told final shop.inside.till',
      'inside.lights compound inside',
      'inside.lights.on atomic shop.inside.lights',
      'inside.lights.dim final shop.inside.lights',
      'inside.again history inside',
    ]);
  });

  it('says what each state is: words, tags, references, what runs in it and what it begins with', () => {
    const named = (path: string) => shop.nodes.find((node) => node.path === path);
    expect(named('shut')).toMatchObject({ description: 'Nobody is in', references: ['S1'], initial: null });
    expect(named('')).toMatchObject({ initial: 'shop.shut' });
    expect(named('inside')).toMatchObject({
      id: 'inside',
      tags: ['busy', 'open'],
      entry: ['greet'],
      exit: ['note'],
      initial: null,
    });
    expect(named('inside.till.asking')?.invokes).toEqual([{ id: 'asked', src: 'price' }]);
    expect(named('inside.again')).toMatchObject({ history: 'deep' });
  });

  it('shows no actions where XState adds some for a delay', () => {
    expect(shop.nodes.find(({ path }) => path === 'inside.till.asking')).toMatchObject({ entry: [], exit: [] });
  });

  it('spells out conditions', () => {
    expect(
      from('shop.shut')
        .filter(({ event }) => event === 'knock')
        .map(({ guard, otherwise }) => [guard, otherwise]),
    ).toEqual([
      ['isOpen and (isPaid or not isInside)', false],
      ['isLate', false],
      ['in {"inside":"till"}', false],
      ['a condition', false],
      [null, true],
    ]);
    expect(from('shop').find(({ event }) => event === 'leave')?.otherwise).toBe(false);
  });

  it('names actions, targets, references and whether a state is entered again', () => {
    const [first, again, reentered, , last] = from('shop.shut');
    expect(first).toMatchObject({ targets: ['inside'], actions: ['greet'], references: ['S2'], reenter: false });
    expect(again).toMatchObject({ targets: ['shop.inside.again'] });
    expect(reentered).toMatchObject({ targets: ['shop.shut'], reenter: true });
    expect(last).toMatchObject({ targets: [], actions: ['greet', 'raise offer'], description: 'Nobody hears it' });
    expect(from('shop.shut').at(-1)?.actions).toEqual(['spawnChild coupon']);
  });

  it('keeps delays by name and in milliseconds, and the alternatives at the end of one', () => {
    const delayed = from('shop.inside.till.asking').filter(({ trigger }) => trigger.kind === 'after');
    expect(delayed.map((edge) => edgeText(edge)).toSorted()).toEqual([
      'after 60000 ms [isPaid]',
      'after 60000 ms [otherwise]',
      'after closing',
    ]);
    expect(delayed.map(({ event }) => event)).toContain('xstate.after.closing.shop.inside.till.asking');
  });

  it('tells what becomes of actors, the end of a state, and what happens at once', () => {
    expect(
      from('shop.inside.till.asking')
        .slice(0, 2)
        .map(({ trigger }) => trigger),
    ).toEqual([
      { kind: 'actorDone', actor: 'asked', src: 'price' },
      { kind: 'actorFailed', actor: 'asked', src: 'price' },
    ]);
    expect(from('inside').map(edgeText)).toEqual(['done']);
    expect(from('shop.inside.lights.on').map(edgeText)).toEqual(['at once [isPaid]']);
    expect(from('shop').map(edgeText)).toEqual(['receipt.*', 'leave']);
  });

  it('contains the machines that run inside', () => {
    expect(shop.machines.map(({ src, graph }) => [src, graph.machine])).toEqual([['coupon', 'coupon']]);
    expect(shop.machines[0]?.graph.edges.map(edgeText)).toEqual(['after 5000 ms']);
  });

  it('ends where a machine contains itself', () => {
    const actors: Record<string, never> = {};
    const tree = createMachine({ id: 'tree', initial: 'up', states: { up: {} } }).provide({ actors });
    Object.assign(tree.implementations.actors, { tree });
    expect(graphOf(tree).machines).toEqual([]);
  });

  it('is the same JSON every time, with ids that are unique', () => {
    expect(JSON.parse(JSON.stringify(shop))).toEqual(shop);
    expect(graphOf(shopMachine, cite)).toEqual(shop);
    expect(new Set(shop.edges.map(({ id }) => id)).size).toBe(shop.edges.length);
    expect(new Set(shop.nodes.map(({ id }) => id)).size).toBe(shop.nodes.length);
  });
});

describe('an instance on its graph', () => {
  const due = (event: string) => ({ at: '2030-01-01T18:00:00.000Z', event, label: event, references: [] });

  it('shows its active states from the outside in', () => {
    expect(livelinessOf(shop, 'shut').nodes).toEqual(['shop', 'shop.shut']);
    expect(livelinessOf(shop, { inside: { till: 'told', lights: 'on' } }).nodes).toEqual([
      'shop',
      'inside',
      'shop.inside.till',
      'shop.inside.till.told',
      'shop.inside.lights',
      'shop.inside.lights.on',
    ]);
  });

  it('has its deadlines on all edges that wait for them, and on no others', () => {
    const event = 'xstate.after.60000.shop.inside.till.asking';
    const { deadlines } = livelinessOf(shop, { inside: { till: 'asking', lights: 'on' } }, [due(event), due('other')]);
    expect(Object.keys(deadlines)).toEqual([
      `shop.inside.till.asking:${event}:0`,
      `shop.inside.till.asking:${event}:1`,
    ]);
    expect(livelinessOf(shop, 'shut', [due(event)]).deadlines).toEqual({});
  });

  it.each([
    ['gone'],
    [{ inside: 'till' }],
    [{ inside: { till: 'asking' } }],
    [{ shut: 'x' }],
    [{}],
    [{ inside: { again: {} } }],
  ])('refuses %j, which is no state of the machine', (value) => {
    expect(() => livelinessOf(shop, value as never)).toThrow(/is no state of 'shop'/);
  });

  it('is what XState says of a live machine, machines inside included', () => {
    const run = simulate(lamp, { at: '2030-01-01T00:00:00.000Z', input: {} });
    const graph = graphOf(lamp, cite);
    run.actor.send({ type: 'press' });
    run.actor.send({ type: 'pull.left' });
    const view = viewOf(run.actor as unknown as AnyActorRef, new Timers(() => 0), cite);
    const events = ['xstate.after.off.lamp.lit', 'xstate.after.60000.drawer.open'];
    const live = liveGraphOf(graph, { ...view, deadlines: events.map(due) });
    expect(live.nodes).toEqual(run.actor.getSnapshot()._nodes.map(({ id }) => id));
    expect(Object.keys(live.deadlines)).toEqual(['lamp.lit:xstate.after.off.lamp.lit:0']);
    expect(
      live.inner.map(({ path, src, nodes, deadlines }) => [path, src, nodes.at(-1), Object.keys(deadlines).length]),
    ).toEqual([
      ['left', 'drawer', 'drawer.open', 1],
      ['right', 'drawer', 'drawer.shut', 0],
    ]);
  });

  it('recognises what was spawned under a computed id by its state', () => {
    const children = {
      'of%2Fnoon': { status: 'active', value: 'valid' },
      ghost: { status: 'active', value: 'nowhere' },
    };
    const { inner } = liveGraphOf(shop, { value: 'shut', deadlines: [], children });
    expect(inner).toMatchObject([{ path: 'of%2Fnoon', src: 'coupon', nodes: ['coupon', 'coupon.valid'] }]);
  });

  it('shows machines inside machines', () => {
    const street = setup({ actors: { shop: shopMachine } }).createMachine({
      id: 'street',
      invoke: { id: 'corner', src: 'shop' },
    });
    const { inner, nodes } = liveGraphOf(graphOf(street), {
      value: {},
      deadlines: [],
      children: {
        'corner/of%2Fnoon': { status: 'done', value: 'lapsed' },
        corner: { status: 'active', value: 'shut' },
        'unknown/of': { status: 'active', value: 'valid' },
      },
    });
    expect(nodes).toEqual(['street']);
    expect(inner.map(({ path, src, status }) => `${path} ${src} ${status}`)).toEqual([
      'corner shop active',
      'corner/of%2Fnoon coupon done',
    ]);
  });
});

describe('the picture', () => {
  it('draws frames inside frames, and no arrow that begins or ends at one', () => {
    const lines = mermaidOf(shop)
      .split('\n')
      .map((line) => line.trim());
    expect(lines).toContain('subgraph s_inside["inside"]');
    expect(lines).toContain('s_inside_again(("H*"))');
    expect(lines).toContain('s_inside_till_told(["told"]):::final');
    expect(lines).toContain('s_shut -->|"knock [isOpen and (isPaid or not isInside)]"| start_s_inside');
    expect(lines).toContain('any_s_inside -->|"done"| s_shut');
    expect(lines).toContain('any_s_ -->|"leave"| s_shut');
    const frames = lines.flatMap((line) => /^subgraph (\w+)/.exec(line)?.[1] ?? []);
    const ends = lines
      .filter((line) => line.includes('-->'))
      .flatMap((line) => [line.split(' ')[0], line.split(' ').at(-1)]);
    expect(ends.filter((one) => frames.includes(one!))).toEqual([]);
  });

  it('leaves out what stays where it is', () => {
    expect(mermaidOf(shop)).not.toContain('receipt.*');
  });

  it('fills the active states, frames what is around them and dates the edges that wait', () => {
    const event = 'xstate.after.closing.shop.inside.till.asking';
    const at = '2030-01-01T18:00:00.000Z';
    const live = livelinessOf(shop, { inside: { till: 'asking', lights: 'on' } }, [
      { at, event, label: '', references: [] },
    ]);
    const text = mermaidOf(shop, live);
    expect(text).toContain('class s_inside_till_asking,s_inside_lights_on active');
    expect(text).toContain('class s_inside,s_inside_till,s_inside_lights around');
    expect(text).toContain(`s_inside_till_asking -->|"after closing · ${at}"| start_s_inside`);
    expect(mermaidOf(shop)).not.toMatch(/ active$/m);
  });

  it('keeps names apart that differ in other characters only, and takes nothing of them for its own language', () => {
    const odd = createMachine({
      id: 'odd',
      initial: 'a-b',
      states: { 'a-b': { on: { '"]|<b>': 'a_b' } }, a_b: {}, end: {}, graph: { initial: 'b', states: { b: {} } } },
    });
    const text = mermaidOf(graphOf(odd));
    expect(text).toContain('s_a_45_b -->|"#quot;]|#lt;b#gt;"| s_a_95_b');
    expect(text).toContain('s_end("end")');
  });

  it('draws a machine of one state', () => {
    expect(mermaidOf(graphOf(createMachine({ id: 'one' })))).toMatch(/^flowchart TB\n/);
  });
});
