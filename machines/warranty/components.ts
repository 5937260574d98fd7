/** What is part of what in a product model. */
import type { ProductModel } from './unit.ts';

/** The component itself and every assembly that it is in, from the inside out; empty for null. Needs a checked model. */
export function assembliesOf(model: ProductModel, component: string | null): string[] {
  const chain: string[] = [];
  let at = component;
  while (at !== null) {
    chain.push(at);
    const here = at;
    at = model.components.find((one) => one.id === here)?.partOf ?? null;
  }
  return chain;
}
