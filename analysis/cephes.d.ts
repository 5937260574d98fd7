/** What is used of the package, whose own types are not reachable through its `exports`. */
declare module 'cephes' {
  /** Settles when the functions can be called. */
  export const compiled: Promise<void>;
  /** Inverse of the regularised incomplete beta function: x with I_x(a, b) = p. */
  export function incbi(a: number, b: number, p: number): number;
  /** Inverse of the complemented regularised incomplete gamma function: x with Q(a, x) = p. */
  export function igami(a: number, p: number): number;
  /** Quantile of the standard normal distribution. */
  export function ndtri(p: number): number;
}
