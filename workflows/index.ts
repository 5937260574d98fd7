/** Every machine that runs as a workflow, exported under its machine's id: the entry point of the Temporal bundle. */
export { claim } from './claim.ts';
export { erasure } from './erasure.ts';
export { receipt } from './receipt.ts';
export { repair } from './repair.ts';
export { subscription } from './subscription.ts';
