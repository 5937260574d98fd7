/**
 * An SCXML document as a machine of XState, element by element from the W3C recommendation. States, transitions, history,
 * final states and invocations are XState's own; executable content runs in `content.ts`.
 */
import { createMachine } from 'xstate';
import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { blockOf, idOf, isIn, payloadOf, Unsupported, valueOf } from './content.ts';
import type { Document } from './content.ts';
import { childrenOf, withDescendants } from './element.ts';
import type { Element } from './element.ts';
import { evaluate } from './expressions.ts';
import type { Data, Scope } from './expressions.ts';

interface Fields {
  [key: string]: unknown;
}

/** A document, and the machines that it invokes by name. */
interface Translation extends Document {
  readonly invoked: { [src: string]: AnyStateMachine };
}

/** @throws Unsupported naming what of SCXML is not translated. */
export function machineOfScxml(root: Element, id = 'scxml'): AnyStateMachine {
  const data = dataOf(root);
  const translation: Translation = {
    name: root.attributes['name'] ?? '',
    declared: new Set(data.map((one) => one.attributes['id'] ?? '')),
    invoked: {},
  };
  const config = {
    ...stateOf(root, translation),
    id,
    context: ({ input }: { input?: { params?: Data } | null }): Data => {
      const given = input?.params ?? {};
      const context: Data = {};
      const scope: Scope = { ...translation, data: context, event: undefined, isIn: () => false };
      for (const one of data) {
        const name = one.attributes['id'] ?? '';
        context[name] = name in given ? given[name] : valueOf(one, scope);
      }
      return context;
    },
  };
  return createMachine(config as never).provide({ actors: translation.invoked as never });
}

/** All `<data>` of a document, not of those inside it. Early binding: all at the start. */
function dataOf(element: Element): Element[] {
  if (element.name === 'invoke') return [];
  return [...(element.name === 'data' ? [element] : []), ...element.children.flatMap(dataOf)];
}

function stateOf(element: Element, translation: Translation): Fields {
  const { id } = element.attributes;
  const states = childrenOf(element, 'state', 'parallel', 'final', 'history');
  const name = (child: Element, n: number): string => idOf(child.attributes['id'] ?? `unnamed ${n}`);
  const blocks = (kind: string) => childrenOf(element, kind).flatMap((block) => blockOf(block.children, translation));
  return {
    ...(id === undefined ? {} : { id: idOf(id) }),
    ...(element.name === 'parallel' ? { type: 'parallel' } : {}),
    ...(states.length > 0 && element.name !== 'parallel'
      ? { initial: initialOf(element, states, name, translation) }
      : {}),
    states: Object.fromEntries(
      states.map((child, n) => [
        name(child, n),
        child.name === 'history'
          ? historyOf(child)
          : child.name === 'final'
            ? { ...stateOf(child, translation), ...finalOf(child, translation) }
            : stateOf(child, translation),
      ]),
    ),
    entry: [...childrenOf(element, 'script').flatMap((script) => blockOf([script], translation)), ...blocks('onentry')],
    exit: blocks('onexit'),
    invoke: childrenOf(element, 'invoke').map((one, n) => invokeOf(one, `${id ?? 'root'}.${n}`, translation)),
    ...transitionsOf(element, translation),
  };
}

/** XState's initial states are children, one each. */
function initialOf(
  element: Element,
  states: readonly Element[],
  name: (child: Element, n: number) => string,
  translation: Translation,
): unknown {
  const [initial] = childrenOf(element, 'initial');
  const [transition] = initial ? childrenOf(initial, 'transition') : [];
  const asked = transition?.attributes['target'] ?? element.attributes['initial'];
  const index =
    asked === undefined
      ? states.findIndex((one) => one.name !== 'history')
      : states.findIndex((one) => one.attributes['id'] === asked.trim());
  const child = states[index];
  if (!child) throw new Unsupported(`initial="${asked}", which is no child`);
  const actions = transition ? blockOf(transition.children, translation) : [];
  return actions.length > 0 ? { target: name(child, index), actions } : name(child, index);
}

function historyOf(element: Element): Fields {
  const [transition] = childrenOf(element, 'transition');
  if (transition && transition.children.length > 0) throw new Unsupported('content of a history transition');
  const target = transition?.attributes['target'];
  return {
    type: 'history',
    id: idOf(element.attributes['id'] ?? ''),
    history: element.attributes['type'] ?? 'shallow',
    ...(target === undefined ? {} : { target: targetsOf(target) }),
  };
}

function finalOf(element: Element, translation: Translation): Fields {
  const [donedata] = childrenOf(element, 'donedata');
  return {
    type: 'final',
    ...(donedata
      ? {
          output: ({ context, event }: { context: Data; event: AnyEventObject }) =>
            payloadOf(donedata, { ...translation, data: context, event, isIn: () => false }),
        }
      : {}),
  };
}

function transitionsOf(element: Element, translation: Translation): Fields {
  const on: { [descriptor: string]: Fields[] } = {};
  const always: Fields[] = [];
  for (const transition of childrenOf(element, 'transition')) {
    const { event, target, cond, type } = transition.attributes;
    const config: Fields = {
      ...(target === undefined ? {} : { target: targetsOf(target), reenter: type !== 'internal' }),
      ...(cond === undefined ? {} : { guard: guardOf(cond, translation) }),
      actions: blockOf(transition.children, translation),
    };
    if (event === undefined) always.push(config);
    else for (const descriptor of event.trim().split(/\s+/)) (on[descriptorOf(descriptor)] ??= []).push(config);
  }
  return { on, always };
}

function targetsOf(text: string): string[] {
  return text
    .trim()
    .split(/\s+/)
    .map((id) => `#${idOf(id)}`);
}

/** An event descriptor matches every name that begins with its tokens: XState's partial wildcard. */
function descriptorOf(descriptor: string): string {
  const tokens = descriptor.replace(/\.\*?$/, '');
  if (tokens === '*') return '*';
  const [, states] = /^done\.state\.(.+)$/.exec(tokens) ?? [];
  if (states !== undefined) return `xstate.done.state.${idOf(states)}.*`;
  return `${tokens.replace(/^done\.invoke/, 'xstate.done.actor').replace(/^done(?=\.|$)/, 'xstate.done')}.*`;
}

/** A guard that sees the configuration, as XState's own `stateIn` does. What cannot be evaluated does not hold. */
function guardOf(cond: string, translation: Translation): unknown {
  const guard = (): boolean => false;
  guard.check = (
    snapshot: AnyMachineSnapshot,
    { context, event }: { context: Data; event: AnyEventObject },
  ): boolean => {
    const scope: Scope = { ...translation, data: context, event, isIn: (id) => isIn(snapshot, id) };
    try {
      return Boolean(evaluate(cond, scope));
    } catch {
      return false;
    }
  };
  return guard;
}

function invokeOf(element: Element, place: string, translation: Translation): Fields {
  const { attributes } = element;
  const asked = Object.keys(attributes).find((one) =>
    ['src', 'srcexpr', 'typeexpr', 'idlocation', 'autoforward'].includes(one),
  );
  if (asked !== undefined) throw new Unsupported(`<invoke ${asked}>`);
  if (childrenOf(element, 'finalize').length > 0) throw new Unsupported('<finalize>');
  const [inner] = childrenOf(element, 'content').flatMap((content) => childrenOf(content, 'scxml'));
  if (!inner) throw new Unsupported('<invoke> without a document');
  const src = `invoked in ${idOf(place)}`;
  translation.invoked[src] = machineOfScxml(inner, idOf(src));
  return {
    src,
    id: attributes['id'] ?? src,
    input: ({ context, event }: { context: Data; event: AnyEventObject }) => ({
      params:
        payloadOf(
          { ...element, children: childrenOf(element, 'param') },
          { ...translation, data: context, event, isIn: () => false },
        ) ?? {},
    }),
  };
}

/** The events that a document speaks of: what may come to it. */
export function eventsOfScxml(root: Element): string[] {
  const named = withDescendants(root).flatMap(({ name, attributes }) =>
    name === 'transition' ? (attributes['event'] ?? '').split(/\s+/) : [],
  );
  return [...new Set(named.map((one) => one.replace(/\.?\*$/, '')).filter((one) => one !== ''))];
}
