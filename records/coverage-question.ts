/** Brings together what decides about a unit's cover, for the pure function [W1]. */
import type { Account } from '../db/accounts.ts';
import { findAgreementVersion } from '../db/agreements.ts';
import type { Db } from '../db/database.ts';
import { findModel, listCampaigns, listExtensions, listOwners, listPolicies, type UnitRow } from '../db/warranty.ts';
import type { Counting } from '../machines/calendar.ts';
import { resolveTerms } from '../machines/terms.ts';
import type { Question } from '../machines/warranty/question.ts';
import type { Campaign, Extension, Policy } from '../machines/warranty/policy.ts';
import type { Component, Failure, Replacement, Unit } from '../machines/warranty/unit.ts';

/** How the agreement of an account counts its periods [C2]. */
export async function countingOf(db: Db, account: Account): Promise<Counting> {
  const version = account.agreement_version ?? '';
  const agreement = await findAgreementVersion(db, version);
  if (!agreement) throw new Error(`Account ${account.id} has registered under no known agreement`);
  const { timeZone, periodEnd } = resolveTerms(agreement.terms as { readonly [name: string]: unknown });
  return { timeZone, periodEnd };
}

/** @param manufacturer whose unit it is */
export async function questionAbout(db: Db, manufacturer: Account, row: UnitRow, failure: Failure): Promise<Question> {
  const id = manufacturer.id;
  const [model, owners, policies, extensions, campaigns, counting] = await Promise.all([
    findModel(db, id, row.model_id),
    listOwners(db, id, row.serial),
    listPolicies(db, id),
    listExtensions(db, id, row.serial),
    listCampaigns(db, id),
    countingOf(db, manufacturer),
  ]);
  const unit: Unit = {
    serial: row.serial,
    batch: row.batch,
    model: { id: row.model_id, components: (model?.components ?? []) as unknown as readonly Component[] },
    dates: row.dates,
    transfers: owners.filter(({ n }) => n > 1).map(({ since }) => since),
    replacements: row.replacements as unknown as readonly Replacement[],
  };
  return {
    unit,
    policies: policies.map(({ policy }) => policy as unknown as Policy),
    extensions: extensions.map(({ extension }) => extension as unknown as Extension),
    campaigns: campaigns.map(({ campaign }) => campaign as unknown as Campaign),
    failure,
    counting,
  };
}
