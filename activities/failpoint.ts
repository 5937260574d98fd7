/** Named places at which a test may end the process, to show that every crash is survived. */

/** Does nothing in a product; in a crash test it may never return. */
export type Failpoint = (name: string) => Promise<void> | void;

/** The failpoint of every process that is not being tested. */
export const noFailpoint: Failpoint = () => {};
