/** What somebody sees: the routes that read. A sight is waited for, as long as the runner's patience lasts. */
import Type from 'typebox';
import type { TObject } from 'typebox';
import { CoverageQuery } from '../../api/coverage-view.ts';
import { nothing, type Role, type Verb } from './verb.ts';

const closed = { additionalProperties: false } as const;
const everyone = ['manufacturer', 'customer', 'serviceCenter'] as const;
const serial = Type.Object({ serial: Type.String() }, closed);

const sight = (by: readonly Role[], path: string, clause: string, takes: TObject = nothing): Verb => ({
  by,
  clause,
  method: 'GET',
  path,
  takes,
});

export const sightVerbs: { readonly [phrase: string]: Verb } = {
  'sees the claim': sight(['customer', 'manufacturer', 'operator'], 'claims/{claim}', 'W2'),
  'sees its claims': sight(['customer', 'manufacturer'], 'claims', 'W2'),
  'sees the repair': sight([...everyone, 'operator'], 'repairs/{repair}', 'W4'),
  'sees its repairs': sight(everyone, 'repairs', 'W4'),
  'sees its account': sight(everyone, '', 'A2'),
  'sees the account': sight(['operator'], 'accounts/{of}', 'A2'),
  'sees its notices': sight(everyone, 'notices', 'A6'),
  'sees its changes of edition': sight(['manufacturer'], 'edition-changes', 'E2'),
  'sees its failure rates': sight(['manufacturer'], 'analysis/failure-rates', 'D1 E2'),
  'sees its suspensions': sight(everyone, 'suspensions', 'V1 W7'),
  'sees its export': sight(everyone, 'export', 'P3'),
  'sees what it owns': sight(['customer'], 'owned-units', 'W1'),
  'sees the unit': sight(['manufacturer'], 'units/{serial}', 'W1', serial),
  'sees the coverage': sight(
    ['manufacturer'],
    'units/{serial}/coverage',
    'W1',
    Type.Object({ serial: Type.String(), ...CoverageQuery.properties }, closed),
  ),
  'sees the escalations': sight(['operator'], 'escalations', 'W5'),
};
