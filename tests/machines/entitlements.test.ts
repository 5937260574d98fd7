import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { editionProblem, editions, firstVersion, requiredInformation, roles } from '../../machines/agreement.ts';
import { entitlements } from '../../machines/entitlements.ts';
import { activate } from './simulated.ts';

const inService = ['service', 'readable', 'exportable'];

describe('entitlements', () => {
  it('of a manufacturer grow with the edition [E2]', () => {
    const functions = editions.map(
      (edition) => entitlements({ role: 'manufacturer', edition, tags: inService }).functions,
    );
    expect(functions).toEqual([
      ['warrantyManagement'],
      ['warrantyManagement', 'repairServices'],
      ['warrantyManagement', 'repairServices', 'dataAnalysis'],
    ]);
  });

  it('of the other roles are those of their one plan [E2]', () => {
    expect(entitlements({ role: 'customer', edition: null, tags: inService }).functions).toEqual([
      'warrantyManagement',
    ]);
    expect(entitlements({ role: 'serviceCenter', edition: null, tags: inService }).functions).toEqual([
      'repairServices',
    ]);
  });

  it('are none without service, and reading and export stand alone [E2, P3]', () => {
    for (const role of roles) {
      const edition = role === 'manufacturer' ? ('enterprise' as const) : null;
      expect(entitlements({ role, edition, tags: ['readable', 'exportable', 'windingDown'] })).toEqual({
        functions: [],
        canRead: true,
        canWrite: false,
        canExport: true,
      });
      expect(entitlements({ role, edition, tags: [] })).toMatchObject({ canRead: false, canExport: false });
    }
    expect(entitlements({ role: 'manufacturer', edition: null, tags: inService }).functions).toEqual([]);
  });

  it('follow the state of the subscription [E2, R4]', () => {
    const subscription = activate({ edition: 'professional' });
    const now = () => entitlements({ ...subscription.context(), tags: subscription.tags() });
    expect(now()).toMatchObject({ functions: ['warrantyManagement', 'repairServices'], canWrite: true });
    subscription.to(subscription.context().expiresAt ?? '');
    expect(now()).toEqual({ functions: [], canRead: true, canWrite: false, canExport: true });
  });
});

describe('the agreement', () => {
  it('has three roles, and editions for manufacturers only [E1, E2]', () => {
    expect(roles).toEqual(['manufacturer', 'customer', 'serviceCenter']);
    expect(editionProblem('manufacturer', 'standard')).toBeNull();
    expect(editionProblem('manufacturer', null)).toContain('standard, professional, enterprise');
    expect(editionProblem('customer', null)).toBeNull();
    expect(editionProblem('serviceCenter', 'standard')).toContain('manufacturers only');
  });

  it('asks every role for a name and a contact [U1]', () => {
    for (const role of roles)
      expect(requiredInformation(role)).toEqual(expect.arrayContaining(['name', 'contactEmail']));
  });

  it('names the hash of the text that the repository keeps [A1]', () => {
    const text = readFileSync(new URL('../../docs/agreement-source.txt', import.meta.url));
    expect(firstVersion.textHash).toBe(createHash('sha256').update(text).digest('hex'));
  });
});
