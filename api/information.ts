/**
 * What a user tells about itself: the forms in which the API takes it, and which required names are missing [U1].
 * The values go into the vault and nowhere else; contracts only learn the names of what is missing.
 */
import { createHmac } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { requiredInformation, type InformationField, type Role } from '../machines/agreement.ts';
import { Line } from './fields.ts';
import { canonicalJson } from './idempotency.ts';

export const Organisation = Type.Object(
  {
    name: Type.Optional(Line(200, 'Registered name', 'Sample Power Tools Ltd.')),
    address: Type.Optional(Line(500, 'Postal address on one line', '12 Example Street, Tianjin 300000, China')),
  },
  { additionalProperties: false },
);

export const Contact = Type.Object(
  {
    name: Type.Optional(Line(200, 'Whom to address', 'Li Example')),
    email: Type.Optional(
      Type.String({
        format: 'email',
        maxLength: 254,
        description: 'Where e-mail copies of notices go',
        examples: ['li@tools.example'],
      }),
    ),
    phone: Type.Optional(
      Type.String({
        pattern: '^[+0-9][0-9 ()/.-]{4,39}$',
        description: 'With country code',
        examples: ['+86 22 5555 0100'],
      }),
    ),
  },
  { additionalProperties: false },
);

/** All of it at once: a correction replaces what was there. */
export const Information = Type.Object(
  { organisation: Organisation, contact: Contact },
  { additionalProperties: false },
);
export type Information = Static<typeof Information>;

export const informationExample = {
  organisation: { name: 'Sample Power Tools Ltd.', address: '12 Example Street, Tianjin 300000, China' },
  contact: { name: 'Li Example', email: 'li@tools.example', phone: '+86 22 5555 0100' },
};

/** Names of required information that is not given, as the contract knows them. */
export function missingInformation(role: Role, { organisation, contact }: Information): InformationField[] {
  const given: Record<InformationField, string | undefined> = {
    name: organisation.name,
    address: organisation.address,
    contactName: contact.name,
    contactEmail: contact.email,
    contactPhone: contact.phone,
  };
  return requiredInformation(role).filter((field) => !given[field]?.trim());
}

/** Tells two versions of the information apart without saying anything about either: keyed with the account's own key. */
export function informationDigest(accountKey: Uint8Array, information: Information): string {
  return createHmac('sha256', accountKey).update(canonicalJson(information)).digest('hex');
}
