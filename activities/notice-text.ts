/** What a notice says, in words. Made from its kind and parameters alone, so it never holds personal data. */
import type { Json } from '../engine/machine.ts';

export interface NoticeText {
  readonly subject: string;
  readonly text: string;
}

type Params = { readonly [name: string]: Json | undefined };

const claimSubjects: { readonly [what: string]: string } = {
  filed: 'A warranty claim was filed',
  informationRequested: 'You are asked for information about a claim',
  informationProvided: 'The customer answered what was asked about a claim',
  decided: 'A claim is decided',
  appealed: 'The decision on a claim is disputed',
  arbitrated: 'The arbitration decided a claim',
  fulfilled: 'What a claim came to is done',
  closed: 'A claim is closed',
};

const texts: { readonly [kind: string]: (params: Params) => NoticeText } = {
  activated: (params) => ({
    subject: 'Your account is active',
    text: `${sentence('Account number', params['accountNumber'])}${until(params['expiresAt'])}`,
  }),
  renewed: (params) => ({
    subject: 'Your service is extended',
    text: `${sentence('Account number', params['accountNumber'])}${until(params['expiresAt'])}`,
  }),
  editionChanged: (params) => ({
    subject: 'Your edition has changed',
    text: `Your edition is ${word(params['edition'])} now. What it includes is on your account's page.`,
  }),
  renewalNotice: (params) => ({
    subject: 'Your service expires soon',
    text:
      `Your service ends on ${day(params['expiresAt'])}. You can apply for renewal now; the price in effect when ` +
      'you apply counts. Without a paid renewal the service ends on that day, and the account and all data under it ' +
      'are deleted after the overdue days (clauses 3 and 4 of the agreement).',
  }),
  overdueWarning: (params) => ({
    subject: 'Final warning: your account will be deleted',
    text:
      `Payment was due on ${day(params['dueAt'])} and has not arrived; the service is off. The account and all data ` +
      `under it will be deleted, not before ${day(params['deletesNotBefore'])}, unless the renewal is paid by then ` +
      `(clause 3 of the agreement).${certificate(params['certificateNumber'])}`,
  }),
  registrationOverdueWarning: (params) => ({
    subject: 'Final warning: your registration will be deleted',
    text:
      `Payment was due on ${day(params['dueAt'])} and has not arrived. The registration and all data under it will be ` +
      `deleted, not before ${day(params['deletesNotBefore'])}, unless the order is paid by then (clause 3 of the ` +
      `agreement).${certificate(params['certificateNumber'])}`,
  }),
  claim: (params) => ({
    subject: claimSubjects[word(params['what'])] ?? 'News about a warranty claim',
    text: `It is about claim ${word(params['claimId'])}, on your account's page.`,
  }),
  serviceLevel: (params) => ({
    subject: params['threshold'] === 'reminder' ? 'A time limit is near' : 'A time limit has passed',
    text:
      `The ${word(params['subject'])} ${word(params['claimId'] ?? params['repairId'])} waits for you: its clock '${word(params['clock'])}' reached ` +
      `the ${word(params['threshold'])} (${word(params['duration'])}) on ${day(params['at'])}.`,
  }),
  windDownStatement: (params) => ({
    subject: 'The agreement has ended: statement of costs',
    text:
      `The agreement has ended. The statement of costs is on your account's page. You can export your data until ` +
      `${day(params['endsAt'])}; then the account and all data under it are deleted.`,
  }),
};

/** The text of a notice; one of an unknown kind points to the account's page, where it stands. */
export function noticeText(kind: string, params: Params): NoticeText {
  const text = Object.hasOwn(texts, kind) ? texts[kind] : undefined;
  return text ? text(params) : { subject: 'A notice about your account', text: "It is on your account's page." };
}

const word = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** Instants are shown in UTC to the minute: the reader's zone is not known here. */
function day(instant: Json | undefined): string {
  return typeof instant === 'string' ? `${instant.slice(0, 16).replace('T', ' ')} UTC` : 'the day named there';
}

function until(instant: Json | undefined): string {
  return typeof instant === 'string' ? `The service is paid until ${day(instant)}.` : 'The service is open.';
}

function sentence(what: string, value: Json | undefined): string {
  return typeof value === 'string' ? `${what}: ${value}. ` : '';
}

function certificate(number: Json | undefined): string {
  return typeof number === 'string' ? ` The deletion will be certified under number ${number}.` : '';
}
