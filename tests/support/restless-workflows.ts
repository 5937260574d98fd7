/** The product's workflows, each in a new run after every second event: for crashes during continue-as-new. */
import { durable } from '../../engine/durable.ts';
import * as product from '../../workflows/index.ts';

const continueAfter = 2;

export const subscription = durable(product.subscription.machine, { ...product.subscription.options, continueAfter });
export const receipt = durable(product.receipt.machine, { ...product.receipt.options, continueAfter });
export const erasure = durable(product.erasure.machine, { ...product.erasure.options, continueAfter });
