/** What is said about accounts: joining, paying, renewing, another edition, leaving, being suspended [A1, C1, C6, E2, R2, V1, V5, W7]. */
import Type from 'typebox';
import { editions } from '../../machines/agreement.ts';
import { nothing, type Verb } from './verb.ts';

const closed = { additionalProperties: false } as const;
const everyone = ['manufacturer', 'customer', 'serviceCenter'] as const;
const paying = ['manufacturer', 'serviceCenter'] as const;
const reason = Type.Object({ reason: Type.String({ pattern: '^[a-z][A-Za-z]{1,39}$' }) }, closed);

export const accountVerbs: { readonly [phrase: string]: Verb } = {
  joins: { by: everyone, clause: 'A1 C1 C6', method: 'POST', path: '', takes: nothing, special: 'join' },
  'applies for renewal': {
    by: paying,
    clause: 'R2',
    method: 'POST',
    path: 'renewals',
    takes: Type.Object({ years: Type.Integer({ minimum: 1, maximum: 5 }) }, closed),
  },
  'pays its order': { by: paying, clause: 'C6', method: 'POST', path: '', takes: nothing, special: 'pay' },
  'verifies the renewal': {
    by: ['operator'],
    clause: 'R3',
    method: 'POST',
    path: 'accounts/{of}/renewals/{n}/verification',
    takes: nothing,
    special: 'verifyRenewal',
  },
  'asks for an edition': {
    by: ['manufacturer'],
    clause: 'E2',
    method: 'POST',
    path: 'edition-changes',
    takes: Type.Object({ edition: Type.Enum([...editions]) }, closed),
  },
  'keeps its edition': {
    by: ['manufacturer'],
    clause: 'E2',
    method: 'POST',
    path: 'edition-changes/withdrawal',
    takes: nothing,
  },
  leaves: { by: everyone, clause: 'V5', method: 'POST', path: 'termination', takes: nothing },
  'suspends the service': {
    by: ['operator'],
    clause: 'V1 W7',
    method: 'POST',
    path: 'accounts/{of}/suspensions',
    takes: reason,
  },
  'lifts the suspension': {
    by: ['operator'],
    clause: 'V1 W7',
    method: 'POST',
    path: 'accounts/{of}/suspensions/{reason}/lifting',
    takes: reason,
  },
};
