import { describe, expect, it } from 'vitest';
import type { ClaimPublicEvent } from '../../machines/claim-events.ts';
import { isSamePerson } from '../../machines/claim-context.ts';
import { claimId } from './service-inputs.ts';
import { day, fileClaim } from './simulated-claim.ts';
import type { SimulatedClaim } from './simulated-claim.ts';

const before = (instant: string) => new Date(Date.parse(instant) - 1).toISOString();
/** 24:00 in Shanghai of the last day of a period that began on that Monday. */
const inDays = (days: number) => new Date(Date.parse('2027-03-08T16:00:00.000Z') + days * day).toISOString();
const decidedBy = 'p1';

/** Sees that something comes at its moment: not a millisecond before it. */
function comesAt(claim: SimulatedClaim, moment: string, state: string) {
  const earlier = claim.state();
  claim.to(before(moment));
  expect(claim.state()).toBe(earlier);
  claim.to(moment);
  expect(claim.state()).toBe(state);
}

describe('a claim whose lines are clear', () => {
  it('is decided by rules, and a repair is ordered at once [W2, W3]', () => {
    const claim = fileClaim();
    expect(claim.state()).toBe('repairing');
    expect(claim.recorded('recordClaimDecision')).toMatchObject([
      { n: 1, lineId: 'l1', decision: { verdict: 'covered', decidedBy: 'rules', round: 'decision' } },
    ]);
    expect(claim.orders()).toMatchObject([
      { to: { machine: 'repair', id: `repair-${claimId}.1` }, start: { claimId, n: 1, lines: [{ lineId: 'l1' }] } },
    ]);
    expect(claim.announced()).toEqual(['filed to manufacturer', 'decided to customer']);
  });

  it('tells the repair where the unit is, as far as that is known [W4]', () => {
    const startOf = (region?: string) => fileClaim(region === undefined ? {} : { region }).orders()[0]?.start;
    expect(startOf('CN-GD')).toMatchObject({ region: 'CN-GD' });
    expect(startOf()).not.toHaveProperty('region');
  });

  it('waits for the customer where only a part is paid, until the time for an appeal is over [W2, W6]', () => {
    const claim = fileClaim({ cover: ['full', 'half'] });
    expect(claim.state()).toBe('decided');
    comesAt(claim, inDays(30), 'repairing');
    const accepted = fileClaim({ cover: ['half'] }).send({ type: 'decision.accepted' });
    expect(accepted.state()).toBe('repairing');
  });

  it('is rejected by rules only where the terms say so, else by a person [W2]', () => {
    expect(fileClaim({ cover: ['nothing'] }).state()).toBe('deciding');
    const claim = fileClaim({ cover: ['nothing'], terms: { automaticOutcomes: ['rejection'] } });
    expect(claim.state()).toBe('decided');
    comesAt(claim, inDays(30), 'rejected');
  });

  it.each([
    ['a fact is missing', { needs: ['causeUnknown' as const] }],
    ['the same part failed after a repair', { repeatOf: 'c0' }],
    ['there is a claim for it already', { assessment: { duplicateOf: 'c0' } }],
    ['something looks like a fraud', { assessment: { signals: ['evidenceReused' as const] } }],
    ['it was dead on arrival, and a replacement is not left to rules', { assessment: { deadOnArrival: true } }],
  ])('is decided by a person when %s [W2]', (_, setting) => {
    expect(fileClaim(setting).state()).toBe('deciding');
  });

  it('is replaced by rules when it was dead on arrival and the terms say so [W2]', () => {
    const terms = { automaticOutcomes: ['replacement'] };
    const claim = fileClaim({ assessment: { deadOnArrival: true }, terms });
    expect([claim.state(), claim.context().chosen]).toEqual(['carryingOut', 'replacement']);
  });
});

describe('a claim that a person decides', () => {
  const unclear = (over: Parameters<typeof fileClaim>[0] = {}) => fileClaim({ needs: ['causeUnknown'], ...over });

  it('is decided line by line, and then comes to an outcome [W2]', () => {
    const claim = unclear({ cover: ['full', 'nothing', 'half'] });
    expect(claim.can({ type: 'outcome.chosen', outcome: 'refund', decidedBy })).toBe(false);
    claim.decideAll();
    expect(claim.context().lines.map(({ decision }) => decision?.verdict)).toEqual([
      'covered',
      'notCovered',
      'partlyCovered',
    ]);
    claim.send({ type: 'outcome.chosen', outcome: 'refund', decidedBy });
    expect(claim.state()).toBe('decided');
    claim.send({ type: 'decision.accepted' });
    expect(claim.state()).toBe('carryingOut');
    claim.send({ type: 'outcome.fulfilled', reference: 'transfer-1' });
    expect([claim.state(), claim.context().outcome]).toEqual(['fulfilled', 'refund']);
    comesAt(claim, inDays(30), 'closed');
  });

  it('can refuse a line that coverage would pay, as a duplicate or a fraud [W2]', () => {
    const claim = unclear({ cover: ['full', 'full'] });
    claim.send({ type: 'line.refused', lineId: 'l1', reason: 'duplicate', decidedBy });
    claim.send({ type: 'line.decided', lineId: 'l2', decidedBy });
    expect(claim.context().lines.map(({ decision }) => [decision?.verdict, decision?.refusal])).toEqual([
      ['refused', 'duplicate'],
      ['covered', null],
    ]);
    claim.send({ type: 'outcome.chosen', outcome: 'repair', decidedBy }).send({ type: 'decision.accepted' });
    expect(claim.orders()[0]?.start).toMatchObject({ lines: [{ lineId: 'l2' }] });
  });

  it('takes goodwill up to the limit from one person, and above it from two [W2]', () => {
    const claim = unclear({ cover: ['nothing'] });
    const named = { lineId: 'l1', amount: 50_001, currency: 'CNY' };
    const offer = { type: 'goodwill.offered', ...named, reason: 'loyalty', decidedBy } as const;
    claim.send(offer);
    expect(claim.context().lines[0]).toMatchObject({ decision: null, offer: { amount: 50_001, decidedBy } });
    expect(claim.can({ type: 'goodwill.approved', ...named, decidedBy })).toBe(false);
    claim.send({ type: 'goodwill.declined', lineId: 'l1', decidedBy: 'p2' });
    claim.send(offer).send({ type: 'goodwill.approved', ...named, decidedBy: 'p2' });
    expect(claim.context().lines[0]?.decision).toMatchObject({ goodwill: 50_001, decidedBy, approvedBy: 'p2' });
    const small = unclear({ cover: ['nothing'] });
    small.send({
      type: 'goodwill.offered',
      lineId: 'l1',
      amount: 50_000,
      currency: 'CNY',
      reason: 'loyalty',
      decidedBy,
    });
    expect(small.context().lines[0]?.decision).toMatchObject({ verdict: 'goodwill', approvedBy: null });
  });

  it('approves the goodwill that the second person saw, not what is offered instead meanwhile [W2]', () => {
    const claim = unclear({ cover: ['nothing'] });
    const seen = { lineId: 'l1', amount: 60_000, currency: 'CNY' };
    const offer = { type: 'goodwill.offered', ...seen, reason: 'loyalty', decidedBy } as const;
    const approval = { type: 'goodwill.approved', ...seen, decidedBy: 'p2' } as const;
    claim.send(offer).send({ ...offer, amount: 900_000_000, decidedBy: 'p3' });
    expect([claim.can(approval), claim.can({ ...approval, currency: 'EUR' })]).toEqual([false, false]);
    claim.send(offer);
    expect(claim.can({ ...approval, currency: 'EUR' })).toBe(false);
    expect(claim.send(approval).context().lines[0]?.decision).toMatchObject({ goodwill: 60_000, approvedBy: 'p2' });
  });

  it('takes an approval of before approvals named an amount, as a history has it [W2]', () => {
    const claim = unclear({ cover: ['nothing'] });
    const offer = { lineId: 'l1', amount: 60_000, currency: 'CNY', reason: 'loyalty', decidedBy };
    claim.send({ type: 'goodwill.offered', ...offer });
    claim.send({ type: 'goodwill.approved', lineId: 'l1', decidedBy: 'p2' } as ClaimPublicEvent);
    expect(claim.context().lines[0]?.decision).toMatchObject({ goodwill: 60_000, approvedBy: 'p2' });
  });

  it('tells two persons from two ways of writing one [W2, W6]', () => {
    expect(isSamePerson('clerk-7', ' Clerk\uFF0D7 ')).toBe(true);
    expect(isSamePerson('clerk-7', 'clerk-8')).toBe(false);
    const claim = unclear({ cover: ['nothing'] });
    const named = { lineId: 'l1', amount: 60_000, currency: 'CNY' };
    claim.send({ type: 'goodwill.offered', ...named, reason: 'loyalty', decidedBy: 'clerk-7' });
    const mayApprove = (by: string) => claim.can({ type: 'goodwill.approved', ...named, decidedBy: by });
    const mayDecline = (by: string) => claim.can({ type: 'goodwill.declined', lineId: 'l1', decidedBy: by });
    expect([mayApprove('Clerk-7'), mayDecline('CLERK-7'), mayApprove('head-2')]).toEqual([false, false, true]);
    claim.send({ type: 'goodwill.approved', ...named, decidedBy: 'head-2' });
    claim.send({ type: 'outcome.chosen', outcome: 'refund', decidedBy: 'clerk-7' });
    claim.send({ type: 'appeal.filed', reason: 'wrongFacts' });
    const mayDecide = (by: string) => claim.can({ type: 'line.decided', lineId: 'l1', decidedBy: by });
    expect(['Clerk-7', 'Head-2', 'clerk-8'].map(mayDecide)).toEqual([false, false, true]);
  });

  it('may have a line decided anew until its outcome is chosen: the last decision holds [W2]', () => {
    const claim = unclear({ cover: ['nothing'] });
    const offer = { type: 'goodwill.offered', lineId: 'l1', currency: 'CNY', reason: 'loyalty', decidedBy } as const;
    claim.send({ ...offer, amount: 20_000 });
    expect(claim.can({ type: 'outcome.chosen', outcome: 'refund', decidedBy })).toBe(true);
    // Above the limit it waits for a second person, whatever was approved before.
    claim.send({ ...offer, amount: 60_000 });
    expect(claim.context().lines[0]?.decision).toBeNull();
    expect(claim.can({ type: 'outcome.chosen', outcome: 'refund', decidedBy })).toBe(false);
    claim.send({ ...offer, amount: 30_000 }).send({ type: 'outcome.chosen', outcome: 'refund', decidedBy });
    expect(claim.context().lines[0]?.decision).toMatchObject({ goodwill: 30_000 });
    expect([claim.state(), claim.can({ ...offer, amount: 1 })]).toEqual(['decided', false]);
  });

  it('takes amounts in the currency of its terms only, and tells it to the repair [W2]', () => {
    const terms = { goodwillLimit: { amount: 100, currency: 'EUR' } };
    const claim = unclear({ cover: ['half'], terms });
    const offer = { type: 'goodwill.offered', lineId: 'l1', amount: 50, reason: 'loyalty', decidedBy } as const;
    expect(claim.can({ ...offer, currency: 'CNY' })).toBe(false);
    claim.send({ ...offer, currency: 'EUR' });
    claim.send({ type: 'outcome.chosen', outcome: 'repair', decidedBy }).send({ type: 'decision.accepted' });
    expect(claim.orders()[0]?.start).toMatchObject({ lines: [{ goodwill: 50, currency: 'EUR' }] });
    const disputed = fileClaim({ cover: ['half'], terms }).send({ type: 'appeal.filed', reason: 'wrongFacts' });
    disputed.decideAll().send({ type: 'outcome.chosen', outcome: 'refund', decidedBy });
    disputed.send({ type: 'arbitration.requested', reason: 'wrongFacts' });
    const isAwarded = (currency: string) => {
      const awards = [{ lineId: 'l1', amount: 1, currency }];
      return disputed.can({ type: 'arbitration.decided', awards, outcome: 'refund', decidedBy: 'a1' });
    };
    expect([isAwarded('CNY'), isAwarded('EUR')]).toEqual([false, true]);
  });

  it('takes no goodwill for what is covered, and no line that it has not [W2]', () => {
    const claim = unclear();
    expect(
      claim.can({ type: 'goodwill.offered', lineId: 'l1', amount: 1, currency: 'CNY', reason: 'loyalty', decidedBy }),
    ).toBe(false);
    expect(claim.can({ type: 'line.decided', lineId: 'l9', decidedBy })).toBe(false);
  });

  it('asks coverage again when facts are corrected, and opens the line [W1, W2]', () => {
    const claim = unclear({ cover: ['full', 'full'] }).decideAll();
    const facts = [{ lineId: 'l2', component: 'battery', cause: 'wear' as const, usage: { hours: 12 } }];
    claim.send({ type: 'facts.corrected', facts });
    expect(claim.state()).toBe('deciding');
    expect(claim.context().lines.map(({ decision, component }) => [component, decision === null])).toEqual([
      ['motor', false],
      ['battery', true],
    ]);
  });

  it('pauses the clock while the customer is asked, and goes on when the answer or the moment comes [W2, W5]', () => {
    const claim = unclear();
    claim.send({ type: 'information.requested', codes: ['photoOfPlate'] });
    expect(claim.clocks()).toEqual([['decision', 'paused']]);
    expect(claim.announced()).toContain('informationRequested to customer');
    comesAt(claim, inDays(14), 'deciding');
    expect(claim.clocks()).toEqual([['decision', 'running']]);
    expect(claim.recorded('recordThreshold')).toEqual([]);
    claim.send({ type: 'information.requested', codes: ['photoOfPlate'] });
    const digest = 'd'.repeat(64);
    claim.send({ type: 'information.provided', facts: [], evidence: [digest] });
    expect(claim.state()).toBe('deciding');
    expect(claim.context().evidence).toEqual([digest]);
    expect(claim.recorded('recordClaimEvidence')).toMatchObject([{ digests: [digest], accountId: 'customer' }]);
  });

  it('keeps whose file it is when the manufacturer answers for a customer without an account [W2, V8]', () => {
    const claim = unclear({ customerId: null });
    const digest = 'd'.repeat(64);
    claim.send({ type: 'information.requested', codes: ['photoOfPlate'] });
    claim.send({ type: 'information.provided', facts: [], evidence: [digest], by: 'manufacturer' });
    expect(claim.recorded('recordClaimEvidence')).toMatchObject([{ digests: [digest], accountId: 'manufacturer' }]);
  });

  it('reminds, breaches and escalates while nobody decides [W5]', () => {
    const claim = unclear().by(30 * day);
    expect(claim.recorded('recordThreshold').map(({ kind, to }) => [kind, to])).toEqual([
      ['reminder', 'manufacturer'],
      ['target', 'manufacturer'],
      ['escalation', null],
    ]);
    expect(claim.state()).toBe('deciding');
  });

  it('has its clock stopped when it is decided: nothing is told after that [W5]', () => {
    const claim = unclear({ cover: ['half'] }).decideAll();
    claim.send({ type: 'outcome.chosen', outcome: 'refund', decidedBy });
    expect(claim.clocks()).toEqual([['decision', 'stopped']]);
    claim.by(20 * day);
    expect(claim.recorded('recordThreshold')).toEqual([]);
  });

  it('can be withdrawn until it is carried out [W2]', () => {
    const claim = unclear().send({ type: 'claim.withdrawn' });
    expect([claim.state(), claim.context().outcome, claim.clocks()]).toEqual([
      'withdrawn',
      'withdrawn',
      [['decision', 'stopped']],
    ]);
  });
});

describe('a claim that cannot be assessed', () => {
  it('is decided by a person, within the service level, and says so [W2, W5]', () => {
    const claim = fileClaim({ fails: () => true });
    expect([claim.state(), claim.clocks()]).toEqual(['deciding', [['decision', 'running']]]);
    expect(claim.recorded('recordClaim').at(-1)).toMatchObject({
      state: 'deciding',
      lines: [{ shares: null, reasons: ['notAssessed'], decision: null }],
    });
    claim.send({ type: 'goodwill.offered', lineId: 'l1', amount: 100, currency: 'CNY', reason: 'doubt', decidedBy });
    claim.send({ type: 'outcome.chosen', outcome: 'refund', decidedBy });
    expect(claim.recorded('recordClaimDecision')).toMatchObject([
      { decision: { verdict: 'goodwill', goodwill: 100 }, shares: { parts: { part: 0, whole: 1 } } },
    ]);
    expect(
      fileClaim({ fails: () => true })
        .decideAll()
        .state(),
    ).toBe('decided');
  });

  it('is assessed again with its facts, and then decided as others are [W1, W2]', () => {
    let isBroken = true;
    const claim = fileClaim({ fails: () => isBroken });
    const facts = [{ lineId: 'l1', component: 'motor', cause: 'defect' as const, usage: {} }];
    claim.send({ type: 'facts.corrected', facts });
    expect(claim.state()).toBe('deciding');
    isBroken = false;
    claim.send({ type: 'facts.corrected', facts });
    expect([claim.state(), claim.context().lines[0]?.reasons]).toEqual(['repairing', ['withinTerm']]);
  });

  it('takes corrected facts while it is assessed, and is assessed by them alone [W2]', () => {
    const claim = fileClaim({ unanswered: ['assessClaim'] });
    const facts = [{ lineId: 'l1', component: 'battery', cause: 'wear' as const, usage: {} }];
    claim.send({ type: 'facts.corrected', facts });
    expect(claim.state()).toBe('assessing');
    expect(claim.pending).toMatchObject([{ n: 2, input: { lines: facts } }]);
  });

  it('loses nothing in an appeal that was paid before [W6]', () => {
    let isBroken = false;
    const claim = fileClaim({ cover: ['half', 'half'], needs: ['causeUnknown'], fails: () => isBroken }).decideAll();
    claim.send({ type: 'outcome.chosen', outcome: 'repair', decidedBy });
    claim.send({ type: 'appeal.filed', reason: 'wrongFacts' });
    isBroken = true;
    claim.send({ type: 'facts.corrected', facts: [{ lineId: 'l1', component: 'motor', cause: 'wear', usage: {} }] });
    expect(claim.context().lines.map(({ shares }) => shares === null)).toEqual([true, false]);
    expect(claim.can({ type: 'line.decided', lineId: 'l1', decidedBy: 'p2' })).toBe(false);
    claim.send({ type: 'line.decided', lineId: 'l2', decidedBy: 'p2' });
    expect(claim.context().lines[1]?.decision?.verdict).toBe('partlyCovered');
  });
});

describe('an appeal', () => {
  const refused = () =>
    fileClaim({ cover: ['half'], needs: ['causeUnknown'] }).send({
      type: 'line.refused',
      lineId: 'l1',
      reason: 'fraud',
      decidedBy,
    });

  it('is decided by others, once, and never for less [W6]', () => {
    const claim = refused();
    expect(claim.state()).toBe('decided');
    claim.send({ type: 'appeal.filed', reason: 'wrongFacts' });
    expect([claim.state(), claim.context().round]).toEqual(['deciding', 'appeal']);
    expect(claim.can({ type: 'line.decided', lineId: 'l1', decidedBy })).toBe(false);
    claim.send({ type: 'line.decided', lineId: 'l1', decidedBy: 'p2' });
    claim.send({ type: 'outcome.chosen', outcome: 'repair', decidedBy: 'p2' });
    expect(claim.state()).toBe('decided');
    expect(claim.can({ type: 'appeal.filed', reason: 'again' })).toBe(false);
    expect(claim.clocks().map(([name, state]) => [name, state])).toEqual([
      ['decision', 'stopped'],
      ['appeal-2', 'stopped'],
    ]);
  });

  it('cannot bring a refusal where something was paid [W6]', () => {
    const claim = fileClaim({ cover: ['half'], needs: ['causeUnknown'] }).decideAll();
    claim.send({ type: 'outcome.chosen', outcome: 'repair', decidedBy });
    claim.send({ type: 'appeal.filed', reason: 'wrongFacts' });
    expect(claim.can({ type: 'line.refused', lineId: 'l1', reason: 'fraud', decidedBy: 'p2' })).toBe(false);
    expect(
      claim.can({
        type: 'goodwill.offered',
        lineId: 'l1',
        amount: 1,
        currency: 'CNY',
        reason: 'loyalty',
        decidedBy: 'p2',
      }),
    ).toBe(true);
  });

  it('can be disputed before the arbitration, whose silence lets the decision stand [W6]', () => {
    const claim = refused().send({ type: 'appeal.filed', reason: 'wrongFacts' });
    claim.send({ type: 'line.refused', lineId: 'l1', reason: 'fraud', decidedBy: 'p2' });
    claim.send({ type: 'arbitration.requested', reason: 'wrongFacts' });
    comesAt(claim, inDays(30), 'rejected');
  });

  it('brings what the arbitration awards, at last [W6]', () => {
    const claim = refused().send({ type: 'appeal.filed', reason: 'wrongFacts' });
    claim.send({ type: 'line.refused', lineId: 'l1', reason: 'fraud', decidedBy: 'p2' });
    claim.send({ type: 'arbitration.requested', reason: 'wrongFacts' });
    const awards = [{ lineId: 'l1', amount: 12_000, currency: 'CNY' }];
    expect(
      claim.can({
        type: 'arbitration.decided',
        awards: [{ lineId: 'l9', amount: 1, currency: 'CNY' }],
        outcome: null,
        decidedBy: 'a1',
      }),
    ).toBe(false);
    claim.send({ type: 'arbitration.decided', awards, outcome: 'refund', decidedBy: 'a1' });
    expect([claim.state(), claim.context().chosen]).toEqual(['carryingOut', 'refund']);
    expect(claim.context().lines[0]?.decision).toMatchObject({ goodwill: 12_000, round: 'arbitration' });
    claim.send({ type: 'outcome.fulfilled', reference: 't' });
    expect(claim.can({ type: 'appeal.filed', reason: 'again' })).toBe(false);
    expect(claim.can({ type: 'arbitration.requested', reason: 'again' })).toBe(false);
  });
});

describe('the repair of a claim', () => {
  const ended = (result: 'repaired' | 'replaced' | 'noFaultFound' | 'declined' | 'beyondRepair' | 'notSent') =>
    fileClaim().send({ type: 'repair.ended', repairId: `${claimId}.1`, result });

  it('is not ordered where the edition does not include it: the claim ends at another decision [E2, W3]', () => {
    const claim = fileClaim({ isEntitled: false });
    expect([claim.state(), claim.orders()]).toEqual(['choosingOutcome', []]);
    expect(claim.can({ type: 'outcome.chosen', outcome: 'repair', decidedBy })).toBe(false);
    claim.send({ type: 'outcome.chosen', outcome: 'replacement', decidedBy });
    expect(claim.state()).toBe('carryingOut');
  });

  it.each([
    ['repaired', 'fulfilled', 'repair'],
    ['replaced', 'fulfilled', 'replacement'],
    ['noFaultFound', 'returned', 'noFaultFound'],
    ['declined', 'returned', 'returnedUnrepaired'],
    ['notSent', 'lapsed', 'lapsed'],
    ['beyondRepair', 'choosingOutcome', null],
  ] as const)('that ended as %s brings the claim to %s [W6]', (result, state, outcome) => {
    const claim = ended(result);
    expect([claim.state(), claim.context().outcome]).toEqual([state, outcome]);
  });

  it('of another claim says nothing, and one that could not be ordered leads to another outcome', () => {
    expect(fileClaim().can({ type: 'repair.ended', repairId: 'other', result: 'repaired' })).toBe(false);
    const claim = fileClaim();
    claim.send({ type: 'message.refused', messageId: 'm', to: 'repair', eventType: 'start', reason: 'gone' });
    expect(claim.state()).toBe('choosingOutcome');
  });

  it('is disputed once: it is repaired again, or what was done stands [W6]', () => {
    const claim = ended('repaired').send({ type: 'appeal.filed', reason: 'sameFault' });
    expect(claim.state()).toBe('disputed');
    claim.send({ type: 'outcome.chosen', outcome: 'repair', decidedBy });
    expect(claim.orders().map(({ to }) => to.id)).toEqual([`repair-${claimId}.1`, `repair-${claimId}.2`]);
    expect(claim.can({ type: 'repair.ended', repairId: `${claimId}.1`, result: 'repaired' })).toBe(false);
    claim.send({ type: 'repair.ended', repairId: `${claimId}.2`, result: 'repaired' });
    expect(claim.can({ type: 'appeal.filed', reason: 'again' })).toBe(false);
    claim.send({ type: 'arbitration.requested', reason: 'again' });
    comesAt(claim, inDays(30), 'closed');
  });

  it('that is disputed in vain goes before the arbitration [W6]', () => {
    const claim = ended('repaired').send({ type: 'appeal.filed', reason: 'sameFault' });
    claim.send({ type: 'dispute.rejected', reason: 'noFault', decidedBy });
    expect(claim.state()).toBe('disputeRejected');
    claim.send({ type: 'arbitration.requested', reason: 'sameFault' });
    claim.send({ type: 'arbitration.decided', awards: [], outcome: 'refund', decidedBy: 'a1' });
    expect([claim.state(), claim.context().chosen]).toEqual(['carryingOut', 'refund']);
  });
});

describe('the subscriptions of the parties', () => {
  const suspended = { type: 'party.suspended', party: 'customer', reason: 'unpaidFee' } as const;
  const lifted = { type: 'suspension.lifted', party: 'customer', reason: 'unpaidFee' } as const;

  it('hold clocks and deadlines while any reason stands, and each is lifted by its own remedy only [W7]', () => {
    const claim = fileClaim({ cover: ['half'] });
    claim
      .by(10 * day)
      .send(suspended)
      .send(suspended);
    claim.send({ ...suspended, party: 'manufacturer' });
    expect(claim.value()).toEqual({ decided: 'held' });
    claim
      .by(100 * day)
      .send(lifted)
      .by(100 * day);
    expect(claim.value()).toEqual({ decided: 'held' });
    claim.send({ ...lifted, party: 'manufacturer', reason: 'other' });
    expect(claim.value()).toEqual({ decided: 'held' });
    claim.send({ ...lifted, party: 'manufacturer' });
    expect(claim.value()).toEqual({ decided: 'running' });
    comesAt(claim, new Date(Date.parse(inDays(30)) + 200 * day).toISOString(), 'repairing');
  });

  it('pause the clock of a decision, also beside another pause, and from the beginning [W5, W7]', () => {
    const claim = fileClaim({ needs: ['causeUnknown'], suspensions: [{ party: 'manufacturer', reason: 'order' }] });
    expect(claim.clocks()).toEqual([['decision', 'paused']]);
    claim.by(60 * day);
    claim.send({ type: 'information.requested', codes: ['photoOfPlate'] });
    expect(claim.value()).toEqual({ awaitingInformation: 'held' });
    claim.send({ type: 'suspension.lifted', party: 'manufacturer', reason: 'order' });
    expect([claim.value(), claim.clocks()]).toEqual([{ awaitingInformation: 'running' }, [['decision', 'paused']]]);
    claim.send({ type: 'information.provided', facts: [], evidence: [] });
    expect([claim.clocks(), claim.recorded('recordThreshold')]).toEqual([[['decision', 'running']], []]);
  });

  it('end the claim when a party is erased, and its id is gone [W7]', () => {
    for (const party of ['customer', 'manufacturer'] as const) {
      const claim = fileClaim({ needs: ['causeUnknown'] }).send({ type: 'party.erased', party });
      expect([claim.state(), claim.context()[`${party}Id`]]).toEqual(['ended', null]);
      expect(claim.recorded('recordClaim').at(-1)).toMatchObject({ [`${party}Id`]: null, outcome: 'ended' });
    }
  });

  it('let a repair go on when the customer is erased, and not when the manufacturer is [W7]', () => {
    const claim = fileClaim().send({ type: 'party.erased', party: 'customer' });
    expect([claim.state(), claim.context().customerId]).toEqual(['repairing', null]);
    claim.send({ type: 'repair.ended', repairId: `${claimId}.1`, result: 'repaired' });
    expect(claim.state()).toBe('fulfilled');
    expect(fileClaim().send({ type: 'party.erased', party: 'manufacturer' }).state()).toBe('ended');
  });
});
