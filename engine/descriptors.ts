/** Which events a transition of XState waits for: a name, `*` for all, or tokens and `.*` for what begins with them. */

/** Whether the key of a transition means events of this type; `pay.*` means `pay` as well. */
export function describes(descriptor: string, type: string): boolean {
  if (descriptor === '*' || descriptor === type) return true;
  if (!descriptor.endsWith('.*')) return false;
  const tokens = descriptor.slice(0, -'.*'.length);
  return type === tokens || type.startsWith(`${tokens}.`);
}
