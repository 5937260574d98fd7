/** What every JSON body has in common: it may be empty where nothing is asked for, and its text can be stored. */
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { Problem } from '../problems.ts';

export const jsonBodies = fp(
  async (app: FastifyInstance) => {
    const parse = app.getDefaultJsonParser('error', 'error');
    app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
      // Without a body, with an empty one, or with `{}`: for a command without particulars all three mean the same.
      if (body.length === 0) done(null, undefined);
      else void parse(request, body as string, done);
    });
    app.removeContentTypeParser('text/plain');
    app.addHook('preValidation', async (request) => {
      if (request.routeOptions.config.command && request.body === undefined) request.body = {};
      if (!Buffer.isBuffer(request.body)) mustBeText(request.body);
    });
  },
  { name: 'json-bodies' },
);

/**
 * Postgres stores neither NUL nor half of a surrogate pair, though JSON may carry both.
 * @throws {Problem} `invalid-request` naming where in the body
 */
export function mustBeText(value: unknown, pointer = ''): void {
  if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) {
    throw new Problem('invalid-request', {
      field: pointer || 'body',
      detail: 'It has a NUL character or half of a surrogate pair, which are not text.',
    });
  }
  if (value === null || typeof value !== 'object') return;
  for (const [key, inner] of Object.entries(value)) {
    mustBeText(inner, /^[A-Za-z0-9_-]{1,40}$/.test(key) ? `${pointer}/${key}` : `${pointer}/(unknown name)`);
  }
}
