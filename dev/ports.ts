/** Finds ports on the loopback address for the parts of the local stack. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { StackError } from './stack-error.ts';

export interface PortWish {
  readonly name: string;
  /** A number somebody asked for by name, which is taken or refused, never replaced. */
  readonly asked?: number;
  /** Where to begin looking when nobody asked; 0 means any free port. */
  readonly preferred: number;
  /** The variable to set for another port, for the message. */
  readonly variable: string;
}

/**
 * One free port per wish, all different.
 * @throws {StackError} when a port that was asked for is busy
 */
export async function choosePorts(wishes: readonly PortWish[]): Promise<number[]> {
  const held: { port: number; release: () => Promise<void> }[] = [];
  try {
    for (const wish of wishes) held.push(await hold(wish));
    return held.map(({ port }) => port);
  } finally {
    // All are held until the last one is chosen, so that no two parts get the same.
    await Promise.all(held.map(({ release }) => release()));
  }
}

async function hold(wish: PortWish): Promise<{ port: number; release: () => Promise<void> }> {
  if (wish.asked !== undefined) {
    const held = await listen(wish.asked);
    if (held !== undefined) return held;
    throw new StackError(
      `Port ${wish.asked}, asked for ${wish.name}, is busy. End what listens there, or set ${wish.variable} to another port (or unset it).`,
    );
  }
  for (let n = 0; n < 100; n += 1) {
    const held = await listen(wish.preferred === 0 ? anywhere() : wish.preferred + n);
    if (held !== undefined) return held;
  }
  if (wish.preferred === 0) throw new StackError(`No free port for ${wish.name} among a hundred that were tried.`);
  throw new StackError(
    `No free port for ${wish.name} between ${wish.preferred} and ${wish.preferred + 99}. Set ${wish.variable}.`,
  );
}

/**
 * Where systems do not look for the ports of outgoing connections: between the choice and the part that listens, any
 * connection of any process could take one of those.
 */
function anywhere(): number {
  return randomInt(15_000, 32_000);
}

function listen(port: number): Promise<{ port: number; release: () => Promise<void> } | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : port;
      resolve({ port: taken, release: () => new Promise((done) => server.close(() => done())) });
    });
  });
}
