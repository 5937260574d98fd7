/** Looks into a file before it is stored. What does that is plugged in: nothing by default, a clamd (clamd.ts), or another. */

export type Verdict = { readonly clean: true } | { readonly clean: false; readonly found: string };

export interface Scanner {
  /**
   * @returns whether the whole file is clean, and otherwise the scanner's name for what it found
   * @throws {ScannerAway} when it cannot say: the file must not be stored then
   */
  scan(bytes: Buffer): Promise<Verdict>;
}

/** The scanner does not answer, or could not look at the whole file. */
export class ScannerAway extends Error {
  override readonly name = 'ScannerAway';
}

/** Takes every file. */
export const noScanner: Scanner = { scan: () => Promise.resolve({ clean: true }) };
