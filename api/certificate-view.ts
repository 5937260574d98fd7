/** A certificate of erasure as anybody may see it [C5]. */
import { Type, type Static } from 'typebox';
import type { Certificate } from '../db/certificates.ts';
import { Instant, Nullable } from './fields.ts';

export const CertificateView = Type.Object(
  {
    number: Type.String(),
    accountNumber: Nullable(Type.String()),
    reason: Type.String({ description: 'How the agreement ended' }),
    clause: Type.String({ description: 'The clause behind it' }),
    counts: Type.Record(Type.String(), Type.Integer(), { description: 'What was erased, and how much of it' }),
    decidedAt: Instant('When the erasure was decided, in contract time'),
    erasedAt: Instant('When it was complete, in contract time'),
    hash: Type.String({ description: 'SHA-256 of the certificate, hex' }),
  },
  {
    examples: [
      {
        number: 'EC10000017',
        accountNumber: '10000017',
        reason: 'overdue',
        clause: 'C5',
        counts: { orders: 3, notices: 4, workflows: 5, keys: 1 },
        decidedAt: '2029-05-10T16:00:00.000Z',
        erasedAt: '2029-05-10T16:00:02.000Z',
        hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      },
    ],
  },
);
export type CertificateView = Static<typeof CertificateView>;

/** @returns undefined for a number that is only reserved: its erasure is announced, and has not happened. */
export function certificateView(certificate: Certificate): CertificateView | undefined {
  const { number, reason, clause, counts, decided_at, erased_at, hash } = certificate;
  if (
    reason === null ||
    clause === null ||
    counts === null ||
    decided_at === null ||
    erased_at === null ||
    hash === null
  ) {
    return undefined;
  }
  return {
    number,
    accountNumber: certificate.account_number,
    reason,
    clause,
    counts: { ...counts },
    decidedAt: decided_at,
    erasedAt: erased_at,
    hash,
  };
}
