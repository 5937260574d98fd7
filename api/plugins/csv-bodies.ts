/** For routes whose body is a file of rows: CSV and nothing else, not even JSON. */
import type { FastifyInstance } from 'fastify';
import { unsupportedMediaType } from '../problems.ts';

/**
 * Of this plugin's own routes, not of the whole app.
 * @param bodyLimit bytes
 */
export function takeCsv(app: FastifyInstance, bodyLimit: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('text/csv', { parseAs: 'string', bodyLimit }, (_request, body, done) => {
    done(null, body);
  });
  // Without any body no parser is asked.
  app.addHook('preValidation', async (request) => {
    if (typeof request.body !== 'string') throw unsupportedMediaType(['text/csv']);
  });
}
