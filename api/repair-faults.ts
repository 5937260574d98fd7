/** What is wrong with a command that a repair order did not take, where it is not for what the order is at [W4]. */
import type { PartState, RepairContext } from '../machines/repair-context.ts';
import type { RepairPublicEvent } from '../machines/repair-events.ts';
import type { Advice } from './commands.ts';
import { Problem } from './problems.ts';

type Event<Type extends RepairPublicEvent['type']> = Extract<RepairPublicEvent, { type: Type }>;
type PartEvent = Extract<RepairPublicEvent, { partId: string }>['type'];
type Said = ReturnType<Advice>;

const works = ['repairing', 'waitingForParts'];

const inWords: { readonly [state in PartState]: string } = {
  reserved: 'reserved',
  onOrder: 'on order',
  arrived: 'arrived',
  used: 'used',
  cancelled: 'cancelled',
};

/** What to say about a refused event of a repair order. */
export const adviceOn =
  (event: RepairPublicEvent): Advice =>
  ({ context }) => {
    const repair = context as unknown as RepairContext;
    const { state, quotation, suspensions } = repair;
    if (event.type === 'inspection.finished') return state === 'inspecting' ? onCosts(repair, event) : undefined;
    if (event.type === 'quotation.made') return works.includes(state) ? onCosts(repair, event) : undefined;
    if ('partId' in event) return works.includes(state) ? onPart(repair, event) : undefined;
    if ('quotation' in event && state === 'quoting')
      return { field: '/quotation', detail: `The open quotation is ${quotation?.n ?? 0}: read it first.` };
    if (event.type === 'disposal.decided' && state === 'disposal') return onDisposal(repair, event);
    const isSuspended = suspensions.some(({ party }) => party === 'serviceCenter');
    return event.type === 'assignment.accepted' && state === 'offered' && isSuspended
      ? { detail: 'The subscription of the service center is suspended: until that is lifted it begins nothing.' }
      : undefined;
  };

function onCosts({ lines }: RepairContext, event: Event<'inspection.finished' | 'quotation.made'>): Said {
  const { costs } = event;
  if (event.type === 'inspection.finished' && event.finding !== 'faultConfirmed' && costs.length > 0)
    return wrong('/costs', 'What is not repaired costs nothing.');
  const known = lines.map(({ lineId }) => lineId);
  const other = costs.findIndex(({ lineId }) => lineId !== null && !known.includes(lineId));
  return other < 0 ? undefined : wrong(`/costs/${other}/lineId`, `The repair has the lines ${known.join(', ')}.`);
}

/** A new part that is not new, one that the repair has not, or one that is not at this. */
function onPart({ parts }: RepairContext, event: Event<PartEvent>): Said {
  const part = parts.find(({ partId }) => partId === event.partId);
  if (part && 'component' in event)
    return { field: '/partId', detail: `The part ${part.partId} is ${inWords[part.state]} already.` };
  const present = parts.map(({ partId, state }) => `${partId} (${inWords[state]})`).join(', ');
  const detail = present === '' ? 'The repair has no parts yet.' : `The repair has the parts ${present}.`;
  return part ? { field: '/partId', detail } : wrong('/partId', detail);
}

function onDisposal({ gone, replacement }: RepairContext, { to }: Event<'disposal.decided'>): Said {
  if (to === 'manufacturer') return { field: '/to', detail: 'The manufacturer is gone: say another place.' };
  if (to !== 'customer') return undefined;
  if (gone.includes('customer')) return { field: '/to', detail: 'The customer is gone: say another place.' };
  return replacement === null
    ? undefined
    : { field: '/to', detail: `The customer has ${replacement.serial} for it: say another place.` };
}

function wrong(field: string, detail: string): Problem {
  return new Problem('invalid-request', { field, detail });
}
