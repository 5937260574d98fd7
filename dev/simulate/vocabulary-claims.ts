/** What is said about claims [W2, W6]: the routes of api/routes/claims.ts and claim-commands.ts. */
import Type from 'typebox';
import { ClaimForm } from '../../api/claim-fields.ts';
import { claimEvents } from '../../machines/claim-events.ts';
import { payloadOf, type Role, type Verb } from './verb.ts';

const command = (by: Role, path: string, event: keyof typeof claimEvents, clause = 'W2'): Verb => ({
  by: [by],
  clause,
  method: 'POST',
  path: `claims/{claim}/${path}`,
  takes: payloadOf(claimEvents[event].schema),
});

/** What a customer without an account cannot do itself, its manufacturer does for it. */
const forAbsent = (verb: Verb): Verb => ({ ...verb, by: [...verb.by, 'manufacturer'] });

const filed = { ...ClaimForm.properties };

export const claimVerbs: { readonly [phrase: string]: Verb } = {
  'files a claim': {
    by: ['customer', 'manufacturer'],
    clause: 'W2',
    method: 'POST',
    path: 'claims',
    takes: Type.Object(filed, { additionalProperties: false }),
    makes: 'claim',
  },
  'decides a line': command('manufacturer', 'decisions', 'line.decided'),
  'refuses a line': command('manufacturer', 'refusals', 'line.refused'),
  'offers goodwill': command('manufacturer', 'goodwill', 'goodwill.offered'),
  'approves goodwill': command('manufacturer', 'goodwill-approvals', 'goodwill.approved'),
  'declines goodwill': command('manufacturer', 'goodwill-refusals', 'goodwill.declined'),
  'corrects the facts': command('manufacturer', 'facts', 'facts.corrected'),
  'asks for information': command('manufacturer', 'information-requests', 'information.requested'),
  'gives information': forAbsent(command('customer', 'information', 'information.provided')),
  'chooses the outcome': command('manufacturer', 'outcome', 'outcome.chosen', 'W6'),
  'carries it out': command('manufacturer', 'fulfilment', 'outcome.fulfilled', 'W6'),
  'accepts the decision': forAbsent(command('customer', 'acceptance', 'decision.accepted', 'W6')),
  appeals: command('customer', 'appeal', 'appeal.filed', 'W6'),
  'disputes what was done': command('customer', 'appeal', 'appeal.filed', 'W6'),
  'rejects the dispute': command('manufacturer', 'dispute-rejection', 'dispute.rejected', 'W6'),
  'asks for arbitration': command('customer', 'arbitration-request', 'arbitration.requested', 'W6'),
  'withdraws the claim': forAbsent(command('customer', 'withdrawal', 'claim.withdrawn')),
  arbitrates: command('operator', 'arbitration', 'arbitration.decided', 'W6'),
};
