/**
 * Why a claim did not take an event: for what is in it, which is said with its field, or for where the claim stands, with
 * the way out [W2, W6]. Asked after the refusal, so that a command repeated is answered as it was.
 */
import {
  canGoByCoverage,
  coverageVerdict,
  currencyOf,
  isNoLess,
  isOfferedNow,
  isSamePerson,
  lineOf,
  mayDecide,
} from '../machines/claim-context.ts';
import type { ClaimContext, ClaimLine } from '../machines/claim-context.ts';
import type { ClaimPublicEvent } from '../machines/claim-events.ts';
import type { Advice } from './commands.ts';
import { Problem } from './problems.ts';

type Event<Type extends ClaimPublicEvent['type']> = Extract<ClaimPublicEvent, { type: Type }>;
type Said = ReturnType<Advice>;

const wrong = (field: string, detail: string): Problem => new Problem('invalid-request', { field, detail });

/** What to say about a refused event of a claim. */
export const adviceOn =
  (event: ClaimPublicEvent): Advice =>
  ({ value, context }) => {
    const state = typeof value === 'string' ? value : Object.keys(value as object)[0];
    const claim = context as unknown as ClaimContext;
    if (event.type === 'outcome.chosen' && state === 'choosingOutcome')
      return wrong('/outcome', 'No repair comes of this claim: choose replacement or refund.');
    if (event.type === 'arbitration.decided') return onAwards(claim, event);
    if (event.type === 'appeal.filed' && claim.round !== 'decision')
      return { detail: 'A claim is appealed once: after that the arbitration can be asked for.' };
    if (event.type === 'arbitration.requested' && claim.round === 'decision')
      return { detail: 'The arbitration is asked for after an appeal: appeal first.' };
    return state === 'deciding' ? onDeciding(claim, event) : undefined;
  };

function onDeciding(claim: ClaimContext, event: ClaimPublicEvent): Said {
  if (event.type === 'outcome.chosen') return onLinesLeft(claim);
  const line = 'lineId' in event ? lineOf(claim, event.lineId) : undefined;
  if (!line) return undefined;
  if (event.type === 'line.decided') return onPerson(line, event) ?? onOpenOffer(line) ?? onNoAssessment(line);
  if (event.type === 'line.refused') return onPerson(line, event) ?? onRefusal(line, event);
  if (event.type === 'goodwill.offered') return onPerson(line, event) ?? onGoodwill(claim, line, event);
  if (event.type === 'goodwill.approved') return onSecondPerson(line, event) ?? onOffered(claim, line, event);
  return event.type === 'goodwill.declined' ? onSecondPerson(line, event) : undefined;
}

function onPerson(line: ClaimLine, { decidedBy }: { readonly decidedBy: string }): Said {
  return mayDecide(line, decidedBy)
    ? undefined
    : wrong('/decidedBy', 'An appeal is decided by others than who decided or approved before: name another person.');
}

function onSecondPerson({ offer }: ClaimLine, { decidedBy }: { readonly decidedBy: string }): Said {
  if (offer === null) return { detail: 'No goodwill of this line waits for a second person.' };
  return isSamePerson(offer.decidedBy, decidedBy)
    ? wrong('/decidedBy', 'A second person decides on goodwill above the limit: name another than who offered it.')
    : undefined;
}

/** It may have been offered anew since the second person looked. */
function onOffered(claim: ClaimContext, line: ClaimLine, event: Event<'goodwill.approved'>): Said {
  if (event.currency !== currencyOf(claim)) return onCurrency(claim, '/currency');
  if (isOfferedNow(claim, line, event)) return undefined;
  const offered = `${line.offer?.amount ?? 0} ${currencyOf(claim)}`;
  return wrong('/amount', `What is offered now is ${offered}: approve that amount, or decline the offer.`);
}

function onOpenOffer({ offer }: ClaimLine): Said {
  return offer === null
    ? undefined
    : { detail: 'Goodwill of this line waits for a second person: approve or decline it first.' };
}

function onNoAssessment(line: ClaimLine): Said {
  return canGoByCoverage(line)
    ? undefined
    : {
        detail:
          'Coverage could not be asked about this line, and an appeal never brings less: correct its facts, or add goodwill.',
      };
}

function onRefusal(line: ClaimLine, { reason }: Event<'line.refused'>): Said {
  return isNoLess(line, 0, reason)
    ? undefined
    : wrong('/lineId', 'The decision before paid for this line, and an appeal never brings less: decide it otherwise.');
}

function onGoodwill(claim: ClaimContext, line: ClaimLine, { amount, currency }: Event<'goodwill.offered'>): Said {
  if (coverageVerdict(line) === 'covered')
    return wrong('/lineId', 'Coverage pays this line in full: there is nothing beyond it to pay.');
  if (currency !== currencyOf(claim)) return onCurrency(claim, '/currency');
  return isNoLess(line, amount, null)
    ? undefined
    : wrong('/amount', `An appeal never brings less: before it was ${line.before?.goodwill ?? 0}.`);
}

function onLinesLeft({ lines }: ClaimContext): Said {
  const left = lines.filter(({ decision }) => decision === null).map(({ lineId }) => lineId);
  return left.length === 0 ? undefined : { detail: `Decide all lines first: ${left.join(', ')}.` };
}

function onAwards(claim: ClaimContext, { awards }: Event<'arbitration.decided'>): Said {
  const other = awards.findIndex(({ currency }) => currency !== currencyOf(claim));
  return other < 0 ? undefined : onCurrency(claim, `/awards/${other}/currency`);
}

function onCurrency(claim: ClaimContext, field: string): Problem {
  return wrong(field, `Amounts of this claim are in ${currencyOf(claim)}, the currency of the limit for goodwill.`);
}
