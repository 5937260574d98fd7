/** What contradicts itself in a warranty, as a problem of the request: by the pure functions' own checks [W1]. */
import { InvalidWarranty } from '../machines/warranty/check.ts';
import { Problem } from './problems.ts';

/**
 * Runs a check whose paths begin with `body`.
 * @throws {Problem} `invalid-request` with the JSON pointer of what cannot be meant
 */
export function asProblem<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof InvalidWarranty)) throw error;
    throw new Problem('invalid-request', {
      field: pointerOf(error.path),
      detail: `It ${error.why}.`,
    });
  }
}

/** `body.lines[0].start` → `/lines/0/start`. */
function pointerOf(path: string): string {
  const [, ...parts] = path.replaceAll('[', '.').replaceAll(']', '').split('.');
  return `/${parts.join('/')}`;
}
