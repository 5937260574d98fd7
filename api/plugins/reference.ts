/** OpenAPI 3.1 from the schemas that validate, at /openapi.json, and the page to read and try it at /reference. */
import swagger from '@fastify/swagger';
import scalar from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

const description = `The service agreement, through HTTP. What the agreement says happens by itself, on time; here users and the
operator do what the agreement leaves to them.

- **Credentials**: \`Authorization: Bearer …\` with the token that a registration answers with, or with the operator key.
- **Commands** need an \`Idempotency-Key\`. The same key and body again does nothing twice and undoes nothing that came
  after it; the answer is the first one, or, where a thing is entered or described, how it is now. A key for anything else is refused.
- **Errors** are problem details (RFC 9457): \`type\` leads to a page, \`field\` names what is wrong, \`state\` says what the
  contract is at, \`accepted\` what it would take now, and \`routes\` by which route.
- **Money** is an integer of minor units beside an ISO 4217 code: 120000 CNY is ¥1,200.00.
- **Times** are contract times: an account on a test clock lives by that clock.`;

const tags = [
  { name: 'Agreement', description: 'Versions of the agreement, with their terms' },
  { name: 'Accounts', description: 'Registration, confirmation, information, state' },
  { name: 'Orders and renewals', description: 'What is to be paid, and how the term goes on' },
  { name: 'Leaving', description: 'Termination, disagreement, export' },
  { name: 'Notices', description: 'Announcements and personal notices' },
  { name: 'Receipts', description: 'Money that arrived, and money owed back' },
  { name: 'Warranty', description: 'Models, policies, units, owners, and what covers a failure' },
  { name: 'Evidence', description: 'Photos and documents, encrypted, by their digest' },
  { name: 'Analysis', description: 'Figures from decided claims and finished repairs' },
  { name: 'Repairs', description: 'Repair orders: each party does and sees its part of them' },
  { name: 'Service centers', description: 'Who can repair what, and for whom' },
  { name: 'Test clocks', description: 'Contract time on the local stack' },
  { name: 'Server', description: 'Health, problems' },
];

export const reference = fp(
  async (app: FastifyInstance, { publicUrl }: { publicUrl: string }) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Pacta',
          version: '0.1.0',
          description,
          license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
        },
        servers: [{ url: publicUrl }],
        tags,
        components: {
          securitySchemes: {
            operator: { type: 'http', scheme: 'bearer', description: 'The operator key' },
            account: { type: 'http', scheme: 'bearer', description: 'The token of the account' },
          },
        },
      },
    });
    // Whoever only has the address.
    app.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/reference'));
    app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
    await app.register(async (page) => {
      // The page is the one thing here with a script, and with styles that it makes itself.
      page.addHook('onRequest', async (_request, reply) => {
        reply.header(
          'content-security-policy',
          "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
        );
      });
      await page.register(scalar, {
        routePrefix: '/reference',
        configuration: {
          url: '/openapi.json',
          pageTitle: 'Pacta API',
          withDefaultFonts: false,
          telemetry: false,
          hideClientButton: true,
          // Nothing here leads to, or sends anything to, those who make the page.
          showDeveloperTools: 'never',
          agent: { disabled: true },
        },
      });
    });
  },
  { name: 'reference' },
);
