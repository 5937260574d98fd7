/**
 * What the service agreement is about: who its users are, which editions there are, and the data of its first version.
 * The text itself is in docs/agreement-source.txt; versions in effect are rows of the database.
 */

/** Users under this agreement (§2). Industrial resources sign another agreement [E1]. */
export const roles = ['manufacturer', 'customer', 'serviceCenter'] as const;
export type Role = (typeof roles)[number];

/** Editions of the manufacturer's platform (§2); the other roles have one plan each [E2]. */
export const editions = ['standard', 'professional', 'enterprise'] as const;
export type Edition = (typeof editions)[number];

/** Why a role and an edition do not belong together, or null when they do [E2]. */
export function editionProblem(role: Role, edition: Edition | null): string | null {
  if (role === 'manufacturer') {
    return edition === null ? `A manufacturer chooses an edition: ${editions.join(', ')}` : null;
  }
  return edition === null ? null : `Editions exist for manufacturers only; a ${role} has one plan`;
}

/** Fields of the organisation and its contact that a registration may carry; their values stay in the vault. */
export const informationFields = ['name', 'address', 'contactName', 'contactEmail', 'contactPhone'] as const;
export type InformationField = (typeof informationFields)[number];

const required: Record<Role, readonly InformationField[]> = {
  manufacturer: ['name', 'address', 'contactName', 'contactEmail'],
  serviceCenter: ['name', 'address', 'contactName', 'contactEmail', 'contactPhone'],
  customer: ['name', 'contactName', 'contactEmail'],
};

/** Names of the information that a user of this role must give before it can be verified [U1]. */
export function requiredInformation(role: Role): readonly InformationField[] {
  return required[role];
}

/** The party on the company's side, as order pages and receipts name it. */
export interface Counterparty {
  readonly id: string;
  readonly name: string;
  readonly address: string;
}

export interface BankAccount {
  readonly receivingUnit: string;
  readonly bank: string;
  readonly accountNumber: string;
}

export interface AgreementVersion {
  readonly version: string;
  /** Lower-case hex SHA-256 of the UTF-8 text that the user confirms [A1]. */
  readonly textHash: string;
  readonly counterparty: Counterparty;
  readonly bankAccount: BankAccount;
}

/**
 * The version that a fresh installation starts with. The text is docs/agreement-source.txt; the counterparty and its
 * bank account are invented, because the real ones are data that an operator enters with a version of their own.
 */
export const firstVersion: AgreementVersion = {
  version: '1',
  textHash: '174bad23b3b1e86370ded22f41cbdf7998a81061414fbeda34130c3424bad716',
  counterparty: {
    id: 'example-warranty-cloud',
    name: 'Example Warranty Cloud Co., Ltd.',
    address: '1 Sample Road, Tianjin',
  },
  bankAccount: {
    receivingUnit: 'Example Warranty Cloud Co., Ltd.',
    bank: 'Bank of Examples, Sample Road Branch',
    accountNumber: '000000000000',
  },
};
