/** Bounds what large bodies take of the memory of a process. */
import { finished } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problems.ts';

/**
 * A `preParsing` hook that lets so many requests of a route be under way at once, from before their body is read to the end
 * of the answer, or of the connection.
 * @throws {Problem} `too-busy` for one more
 */
export function atMostAtOnce(most: number): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  let underWay = 0;
  return async (_request, reply) => {
    if (underWay >= most) throw new Problem('too-busy', {}, { retryAfter: 5 });
    underWay += 1;
    finished(reply.raw, () => {
      underWay -= 1;
    });
  };
}
