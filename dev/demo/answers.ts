/** The parts of the API's answers that the demo and the tests over HTTP read. */

export interface Registered {
  readonly accountId: string;
  readonly token: string;
  readonly state: string;
  readonly agreement: { readonly version: string; readonly textHash: string };
  readonly missing: readonly string[];
}

export interface CommandAnswer {
  readonly state: string;
  readonly sequence: number;
  readonly readable: boolean;
}

export interface OrderAnswer {
  readonly orderId: string;
  readonly n: number;
  readonly kind: 'registration' | 'renewal';
  readonly status: 'open' | 'partlyPaid' | 'paid' | 'cancelled';
  readonly years: number;
  readonly unitPrice: number;
  readonly total: number;
  readonly received: number;
  readonly outstanding: number;
  readonly currency: string;
  readonly reference: string;
  readonly issuedAt: string;
  readonly dueAt: string;
}

export interface NoticeAnswer {
  readonly noticeId: string;
  readonly kind: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly postedAt: string;
  readonly deliveredAt: string | null;
  readonly deletesAt: string | null;
  readonly certificateNumber: string | null;
}

export interface AccountAnswer {
  readonly accountId: string;
  readonly accountNumber: string | null;
  readonly role: string;
  readonly edition: string | null;
  readonly now: string;
  readonly state: string;
  readonly tags: readonly string[];
  readonly sequence: number;
  readonly agreement: { readonly version: string | null; readonly confirmedAt: string | null };
  readonly term: { readonly startsAt: string; readonly endsAt: string; readonly years: number } | null;
  readonly nextDeadline: { readonly at: string; readonly what: string; readonly clauses: readonly string[] } | null;
  readonly entitlements: {
    readonly functions: readonly string[];
    readonly canRead: boolean;
    readonly canWrite: boolean;
    readonly canExport: boolean;
  };
  readonly missingInformation: readonly string[];
  readonly credit: { readonly amount: number; readonly currency: string } | null;
  readonly orders: readonly OrderAnswer[];
  readonly notices: readonly NoticeAnswer[];
  readonly end: { readonly reason: string; readonly clause: string; readonly at: string } | null;
}

export interface ReceiptAnswer {
  readonly receiptId: string;
  readonly amount: number;
  readonly currency: string;
  readonly bookedOn: string;
  readonly state: 'received' | 'applied' | 'unapplied' | 'refundDue' | 'refunded' | 'settled';
  readonly accountId: string | null;
  readonly accountNumber: string | null;
  readonly orderId: string | null;
  readonly applied: number;
  readonly credited: number;
  readonly refundDue: number;
  readonly reason: string | null;
}

export interface ExportAnswer {
  readonly exportedAt: string;
  readonly sections: {
    readonly history: readonly { readonly sequence: number; readonly at: string }[];
    readonly allocations: readonly {
      readonly order_id: string;
      readonly receipt_id: string;
      readonly amount: number;
      readonly allocated_at: string;
    }[];
    readonly statements: readonly {
      readonly paid: number;
      readonly owed: number;
      readonly refunded: number;
      readonly currency: string;
      readonly stated_at: string;
    }[];
    readonly [section: string]: readonly unknown[];
  };
}

export interface CertificateAnswer {
  readonly number: string;
  readonly accountNumber: string | null;
  readonly reason: string;
  readonly clause: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly decidedAt: string;
  readonly erasedAt: string;
  readonly hash: string;
}

export interface ClockAnswer {
  readonly name: string;
  readonly at: string;
  readonly now: string;
}

export interface AgreementAnswer {
  readonly version: string;
  readonly textHash: string;
  readonly terms: readonly { readonly name: string; readonly value: unknown }[];
}

export interface ServiceClockAnswer {
  readonly clock: string;
  readonly state: string;
  readonly pausedFor: readonly string[];
  readonly due: string | null;
  readonly outcome: string;
}

export interface ClaimAnswer {
  readonly claimId: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly nextDueAt: string | null;
  readonly evidence: readonly { readonly sha256: string }[];
  readonly lines: readonly {
    readonly lineId: string;
    readonly verdict: string | null;
    readonly decidedAt: string | null;
  }[];
  readonly clocks: readonly ServiceClockAnswer[];
}

export interface RepairAnswer {
  readonly repairId: string;
  readonly rma: string | null;
  readonly state: string;
  readonly place: string;
  readonly outcome: string | null;
  readonly orderedAt: string;
  readonly closedAt: string | null;
  readonly nextDeadline: { readonly at: string } | null;
  readonly center: string | null;
  readonly customer?: string | null;
  readonly quotations: readonly { readonly state: string; readonly total: number; readonly at: string }[];
  readonly charges?: readonly { readonly kind: string; readonly amount: number }[];
  readonly failedTests?: number;
  readonly clocks?: readonly ServiceClockAnswer[];
}

export interface CoverageAnswer {
  readonly parts: {
    readonly findings: readonly {
      readonly kind: string;
      readonly id: string;
      readonly covers: boolean;
      readonly until: string | null;
    }[];
  };
}
