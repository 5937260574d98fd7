/** Executable content of SCXML (W3C, section 4): a block runs in order until something in it fails. */
import { enqueueActions } from 'xstate';
import type { AnyActorRef, AnyEventObject, AnyMachineSnapshot } from 'xstate';
import { childrenOf } from './element.ts';
import type { Element } from './element.ts';
import { ExecutionError, assignTo, copyOf, evaluate, execute } from './expressions.ts';
import type { Data, Scope } from './expressions.ts';

/** SCXML measures in milliseconds of real time; here each is a minute, so that a test's own time is nothing beside it. */
export const millisecond = 60_000;

const ownAddress = '#_scxml_conformance';
const processor = 'http://www.w3.org/TR/scxml/#SCXMLEventProcessor';

/** Something of SCXML that is not translated. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
}

/** What a document is for its expressions. */
export interface Document {
  readonly name: string;
  readonly declared: ReadonlySet<string>;
}

interface Queue {
  assign(data: Data): void;
  raise(event: AnyEventObject, options?: object): void;
  sendTo(
    to: string | AnyActorRef | ((args: { self: AnyActorRef }) => AnyActorRef),
    event: AnyEventObject,
    options?: object,
  ): void;
  cancel(id: string): void;
}

/** One block as an action of XState, or nothing when there is nothing in it. */
export function blockOf(elements: readonly Element[], document: Document): unknown[] {
  if (elements.length === 0) return [];
  return [
    enqueueActions(({ enqueue, context, event, self }) => {
      const data = copyOf(context as Data);
      const scope: Scope = {
        ...document,
        data,
        event: event.type === 'xstate.init' ? undefined : event,
        isIn: (id) => isIn(self.getSnapshot() as AnyMachineSnapshot, id),
        actor: self.id,
      };
      try {
        for (const element of elements) perform(element, scope, enqueue as unknown as Queue);
      } catch (error) {
        if (!(error instanceof ExecutionError)) throw error;
        enqueue.raise({ type: 'error.execution', data: error.message, kind: 'platform' } as never);
      }
      enqueue.assign((() => data) as never);
    }),
  ];
}

export function isIn(snapshot: AnyMachineSnapshot, id: string): boolean {
  return snapshot._nodes.some((node) => node.id === idOf(id));
}

/** Dots in ids would be levels to XState. */
export function idOf(id: string): string {
  return id.replaceAll('.', '_');
}

function perform(element: Element, scope: Scope, queue: Queue): void {
  const { attributes, children } = element;
  switch (element.name) {
    case 'raise':
      return queue.raise({ type: attributes['event'] ?? '', kind: 'internal' });
    case 'log':
      if (attributes['expr'] !== undefined) evaluate(attributes['expr'], scope);
      return;
    case 'assign':
      return assignTo(attributes['location'] ?? '', valueOf(element, scope), scope);
    case 'script':
      if (attributes['src'] !== undefined) throw new Unsupported('<script src>');
      return execute(element.text, scope);
    case 'cancel':
      return queue.cancel(String(attributes['sendid'] ?? evaluate(attributes['sendidexpr'] ?? '', scope)));
    case 'send':
      return send(element, scope, queue);
    case 'if':
      for (const child of branchOf(element, scope)) perform(child, scope, queue);
      return;
    case 'foreach': {
      const items = evaluate(attributes['array'] ?? '', scope);
      if (!Array.isArray(items)) throw new ExecutionError('<foreach> needs an array');
      const { item = '', index } = attributes;
      if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(item)) throw new ExecutionError(`'${item}' is no name`);
      const inner = { ...scope, declared: new Set([...scope.declared, item, ...(index === undefined ? [] : [index])]) };
      // The loop goes over a copy: what its body does to the array does not change how often it runs.
      for (const [n, value] of (copyOf(items) as unknown[]).entries()) {
        assignTo(item, value, inner);
        if (index !== undefined) assignTo(index, n, inner);
        for (const child of children) perform(child, inner, queue);
      }
      return;
    }
    default:
      throw new Unsupported(`<${element.name}>`);
  }
}

/** What of an `<if>` runs: its elements lie flat between `<elseif>` and `<else>`. */
function branchOf(element: Element, scope: Scope): Element[] {
  let taken = holds(element, scope);
  const branch: Element[] = [];
  for (const child of element.children) {
    if (child.name === 'elseif' || child.name === 'else') {
      if (taken) return branch;
      taken = child.name === 'else' || holds(child, scope);
    } else if (taken) branch.push(child);
  }
  return branch;
}

/** A condition that cannot be evaluated does not hold. */
function holds(element: Element, scope: Scope): boolean {
  return Boolean(evaluate(element.attributes['cond'] ?? 'false', scope));
}

/** The value that `expr` or the content gives. */
export function valueOf(element: Element, scope: Scope): unknown {
  const { expr, src } = element.attributes;
  if (src !== undefined) throw new Unsupported(`<${element.name} src>`);
  if (expr !== undefined) return evaluate(expr, scope);
  if (element.children.length > 0) throw new Unsupported('XML as data');
  if (element.text === '') return undefined;
  try {
    return evaluate(element.text, scope);
  } catch {
    return element.text.replaceAll(/\s+/g, ' ');
  }
}

/** What `namelist`, `<param>` and `<content>` say: the data of an event, an invocation or a final state. */
export function payloadOf(element: Element, scope: Scope): unknown {
  const [content] = childrenOf(element, 'content');
  if (content) return valueOf(content, scope);
  const params = childrenOf(element, 'param');
  const names = (element.attributes['namelist'] ?? '').split(/\s+/).filter((name) => name !== '');
  if (params.length + names.length === 0) return undefined;
  const payload: Data = {};
  for (const name of names) payload[name] = evaluate(name, scope);
  for (const { attributes } of params) {
    payload[attributes['name'] ?? ''] = evaluate(attributes['expr'] ?? attributes['location'] ?? '', scope);
  }
  return payload;
}

function send(element: Element, scope: Scope, queue: Queue): void {
  const { attributes } = element;
  const given = (name: string): string | undefined => {
    const expression = attributes[`${name}expr`];
    return attributes[name] ?? (expression === undefined ? undefined : String(evaluate(expression, scope)));
  };
  const type = given('type') ?? 'scxml';
  if (!/^(scxml|http:\/\/www\.w3\.org\/TR\/scxml\/?#SCXMLEventProcessor)$/.test(type)) {
    if (type.startsWith('http')) throw new Unsupported(`<send type="${type}">`);
    throw new ExecutionError(`no processor '${type}'`);
  }
  const id = attributes['id'] ?? (attributes['idlocation'] === undefined ? undefined : nextId(scope));
  if (attributes['idlocation'] !== undefined) assignTo(attributes['idlocation'], id, scope);
  const data = payloadOf(element, scope);
  const event = {
    type: given('event') ?? '',
    ...(data === undefined ? {} : { data }),
    ...(attributes['id'] === undefined ? {} : { sendid: attributes['id'] }),
  };
  const delay = delayOf(given('delay'));
  const options = { ...(id === undefined ? {} : { id }), ...(delay === undefined ? {} : { delay }) };
  const target = given('target') ?? '';
  const from = (origin: string): AnyEventObject => ({ ...event, origin, origintype: processor, kind: 'external' });
  if (target === '#_internal') return queue.raise({ ...event, kind: 'internal' });
  if (target === '' || target === ownAddress) return queue.sendTo(({ self }) => self, from(ownAddress), options);
  if (target === '#_parent') return queue.sendTo(({ self }) => self._parent!, from(`#_${scope.actor ?? ''}`), options);
  if (target.startsWith('#_scxml_')) return queue.raise({ type: 'error.communication', kind: 'platform' });
  if (target.startsWith('#_')) return queue.sendTo(target.slice(2), from('#_parent'), options);
  throw new ExecutionError(`no target '${target}'`);
}

/** Ids that a document asks for are counted in its data, which is all that it takes along. */
function nextId(scope: Scope): string {
  const n = Number(scope.data['_sent'] ?? 0) + 1;
  scope.data['_sent'] = n;
  return `send-${n}`;
}

/** CSS2 times, as SCXML has them. */
function delayOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, amount, unit] = /^\s*(\d*\.?\d+)\s*(ms|s|m|h|)\s*$/.exec(text) ?? [];
  if (amount === undefined) throw new ExecutionError(`'${text}' is no time`);
  const factor = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit as 'ms'] ?? 1;
  return Number(amount) * factor * millisecond;
}
