/** Builds the API: plugins by concern, then the routes by noun. Listens nowhere; `api/server.ts` does. */
import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import underPressure from '@fastify/under-pressure';
import Fastify, { LogController } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Deps } from './deps.ts';
import { errorAnswers, unreadableAddress } from './errors.ts';
import { isCurrency } from './form-words.ts';
import { access } from './plugins/access.ts';
import { jsonBodies } from './plugins/json-bodies.ts';
import { reference } from './plugins/reference.ts';
import { accounts } from './routes/accounts.ts';
import { agreements } from './routes/agreements.ts';
import { analysis } from './routes/analysis.ts';
import { announcements } from './routes/announcements.ts';
import { bankWebhook } from './routes/bank-webhook.ts';
import { certificates } from './routes/certificates.ts';
import { claimCommands } from './routes/claim-commands.ts';
import { claimImport } from './routes/claim-import.ts';
import { claims } from './routes/claims.ts';
import { clocks } from './routes/clocks.ts';
import { endings } from './routes/endings.ts';
import { evidence } from './routes/evidence.ts';
import { exports } from './routes/export.ts';
import { health } from './routes/health.ts';
import { information } from './routes/information.ts';
import { notices } from './routes/notices.ts';
import { orders } from './routes/orders.ts';
import { ownedUnits } from './routes/owned-units.ts';
import { priceLists } from './routes/price-lists.ts';
import { problemPages } from './routes/problems.ts';
import { proofs } from './routes/proofs.ts';
import { receipts } from './routes/receipts.ts';
import { registration } from './routes/registration.ts';
import { renewals } from './routes/renewals.ts';
import { repairLabel } from './routes/repair-label.ts';
import { repairs } from './routes/repairs.ts';
import { serviceCenters } from './routes/service-centers.ts';
import { serviceLevels } from './routes/service-levels.ts';
import { editions } from './routes/editions.ts';
import { suspensions } from './routes/suspensions.ts';
import { unitImport } from './routes/unit-import.ts';
import { units } from './routes/units.ts';
import { warrantyCatalogue } from './routes/warranty-catalogue.ts';

const BODY_LIMIT = 64 * 1024;

/**
 * @param log where the log goes: standard output, unless a test reads it
 * @returns an app that is not ready yet: `await app.ready()`, `listen()` or `inject()`
 */
export async function buildApp(deps: Deps, log?: { stream: { write(line: string): void } }) {
  const app = Fastify({
    logger: { ...loggerOptions(deps.options.logLevel), ...log },
    // One line for each request, written below; Fastify's own would repeat the address.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT,
    // For a request to arrive: a large photo over a slow line. Who may not send it is told before its body.
    requestTimeout: 120_000,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: unreadableAddress as never,
    // A field that is not known is an error, not something to drop; a number in quotes is not a number.
    ajv: {
      customOptions: {
        removeAdditional: false,
        coerceTypes: false,
        useDefaults: true,
        allErrors: false,
        formats: { currency: isCurrency },
      },
    },
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.addHook('onRequest', async (request, reply) => {
    reply.header('request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    // The pattern of the route, not the address: an address that somebody made up may hold anything.
    const route = request.routeOptions.url ?? '(no route)';
    request.log.info(
      { method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'answered',
    );
  });

  await app.register(errorAnswers);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'unsafe-inline'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // The API speaks HTTP behind something that ends TLS; that is what may promise it.
    strictTransportSecurity: deps.options.publicUrl.startsWith('https:'),
  });
  // Far beyond what a busy machine makes of it, even while it starts: shed load only when hardly anything moves.
  await app.register(underPressure, { maxEventLoopDelay: deps.options.maxEventLoopDelayMs ?? 10_000 });
  await app.register(jsonBodies);
  await app.register(access, deps);
  await app.register(reference, { publicUrl: deps.options.publicUrl });

  for (const routes of [
    health,
    problemPages,
    agreements,
    priceLists,
    registration,
    accounts,
    information,
    orders,
    renewals,
    endings,
    ownedUnits,
    evidence,
    proofs,
  ]) {
    await app.register(routes, deps);
  }
  for (const routes of [notices, exports, announcements, receipts, bankWebhook, certificates, clocks]) {
    await app.register(routes, deps);
  }
  for (const routes of [
    warrantyCatalogue,
    units,
    unitImport,
    serviceLevels,
    claims,
    claimCommands,
    claimImport,
    suspensions,
    editions,
    analysis,
  ])
    await app.register(routes, deps);
  for (const routes of [serviceCenters, repairs, repairLabel]) await app.register(routes, deps);
  return app;
}

function loggerOptions(level: string): { level: string; redact: string[] } {
  // The last is what came of a request that is no HTTP, as bytes: Fastify traces it.
  const secrets = ['req.headers', 'headers', 'authorization', 'body', '*.authorization', '*.body', '*.token'];
  return { level, redact: [...secrets, 'err.rawPacket'] };
}
