/**
 * Which folder may import what: the table of the architecture, kept by the linter. Imports point one way, from the
 * composition roots (worker.ts, api/server.ts, dev, tests) down to the pure machines.
 */
import { posix, relative, sep } from 'node:path';

/**
 * @typedef {object} Boundary
 * @property {RegExp} files paths from the root of the project; the first row that matches a file holds for it
 * @property {string} name
 * @property {readonly string[]} packages packages it may import; `node:` stands for all of Node, a `/*` for a whole scope
 * @property {readonly string[]} folders what it may import of ours: folders, or single files
 * @property {readonly string[]} [types] packages and folders of which it may import types, beyond those
 * @property {readonly string[]} [never] files that it may not import although they are in such a folder
 */

/** The half of engine/ that runs in Node; what is in neither list is free of both. */
export const ENGINE_NODE_HALF = [
  'engine/builds.ts',
  'engine/bundle.ts',
  'engine/calls.ts',
  'engine/client.ts',
  'engine/clock.ts',
  'engine/delivery.ts',
  'engine/operating.ts',
  'engine/roll-out.ts',
  'engine/lane.ts',
  'engine/memory-store.ts',
  'engine/waiting.ts',
  'engine/watched.ts',
  'engine/worker.ts',
];

/** The half that runs inside workflows. */
const ENGINE_SANDBOX_HALF = [
  'engine/alarm-clock.ts',
  'engine/commit-queue.ts',
  'engine/durable.ts',
  'engine/host.ts',
  'engine/inbox.ts',
  'engine/inline-actors.ts',
  'engine/instance.ts',
  'engine/invocations.ts',
  'engine/next-events.ts',
  'engine/operator.ts',
  'engine/operators-view.ts',
  'engine/own-scope.ts',
  'engine/references.ts',
];

/** @type {readonly Boundary[]} */
export const BOUNDARIES = [
  {
    name: 'machines/ is pure: what the agreement says, and nothing that runs it',
    files: /^machines\//,
    packages: ['xstate', 'temporal-polyfill', 'typebox'],
    folders: ['machines', 'engine/machine.ts'],
  },
  {
    name: 'the Node half of engine/ may not reach into the workflow sandbox',
    files: new RegExp(`^(${ENGINE_NODE_HALF.map((file) => file.replace('.', '\\.')).join('|')})$`),
    packages: ['@temporalio/client', '@temporalio/worker', '@temporalio/common', 'node:'],
    folders: ['engine'],
    types: ['xstate'],
    never: ENGINE_SANDBOX_HALF,
  },
  {
    name: 'analysis/ computes figures from counts, and knows nobody',
    files: /^analysis\//,
    packages: ['cephes'],
    folders: ['analysis'],
  },
  {
    name: 'the sandbox half of engine/ runs inside workflows, where Node is not',
    files: /^engine\//,
    packages: ['xstate', '@temporalio/workflow', '@temporalio/common'],
    folders: ['engine'],
    never: ENGINE_NODE_HALF,
  },
  {
    name: 'workflows/ says which machine is durable, and acts through nothing but the engine',
    files: /^workflows\//,
    packages: [],
    folders: ['workflows', 'machines', 'engine'],
    types: ['activities', 'xstate'],
    never: ENGINE_NODE_HALF,
  },
  {
    name: 'records/ brings rows together into what a machine asks, for activities and for the API',
    files: /^records\//,
    packages: [],
    folders: ['records', 'db', 'machines'],
  },
  {
    name: 'activities/ acts: on the database, the mail and the files',
    files: /^activities\//,
    // The client, because erasure deletes executions.
    packages: ['@temporalio/activity', '@temporalio/client', '@temporalio/common', 'nodemailer', 'uuid', 'node:'],
    folders: [
      'activities',
      'db',
      'machines',
      'records',
      'engine/store.ts',
      'engine/watched.ts',
      'engine/errors.ts',
      'engine/protocol.ts',
    ],
    types: ['engine', 'config.ts', 'kysely'],
  },
  {
    name: 'api/server.ts is a composition root',
    files: /^api\/server\.ts$/,
    packages: ['*'],
    folders: ['*'],
  },
  {
    name: 'api/ is thin: it starts and signals machines, and reads the database',
    files: /^api\//,
    packages: [
      'fastify',
      '@fastify/*',
      'fastify-plugin',
      '@scalar/*',
      'csv-parse',
      'csv-stringify',
      'pdf-lib',
      'qr',
      'typebox',
      'uuid',
      'node:',
    ],
    folders: [
      'api',
      'machines',
      'analysis',
      'db',
      'records',
      'engine/client.ts',
      'engine/clock.ts',
      'engine/errors.ts',
    ],
    types: ['engine', 'config.ts', 'kysely', '@temporalio/client'],
  },
  {
    name: 'db/migrate.ts is a command too, and reads its configuration',
    files: /^db\/migrate\.ts$/,
    packages: ['kysely', 'pg', 'node:'],
    folders: ['db', 'config.ts'],
  },
  {
    name: 'db/ knows nobody',
    files: /^db\//,
    packages: ['kysely', 'pg', 'node:'],
    folders: ['db'],
  },
  {
    name: 'web/ knows the public API only',
    files: /^web\//,
    packages: ['preact', '@preact/*'],
    folders: ['web'],
  },
  {
    name: 'the demo computes its dates by itself and speaks HTTP only',
    files: /^dev\/demo/,
    packages: ['@clack/*', 'node:'],
    folders: ['dev'],
  },
  {
    name: 'config.ts reads the environment and nothing else',
    files: /^config\.ts$/,
    packages: ['@temporalio/envconfig'],
    folders: [],
  },
];

/**
 * Why a file may not make an import, or undefined when it may.
 * @param {string} file path from the root of the project, with slashes
 * @param {string} specifier as written in the import
 * @param {boolean} typeOnly whether only types come in
 */
export function violation(file, specifier, typeOnly) {
  const boundary = BOUNDARIES.find(({ files }) => files.test(file));
  if (boundary === undefined) return undefined;
  const { name, packages, folders, types = [], never = [] } = boundary;
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(file), specifier);
    const isBarred = never.includes(target) && !typeOnly;
    if (!isBarred && (isIn(target, folders) || (typeOnly && isIn(target, types)))) return undefined;
  } else if (isOneOf(specifier, packages) || (typeOnly && isOneOf(specifier, types))) {
    return undefined;
  }
  return `${name}: it may not import ${typeOnly ? 'types of ' : ''}'${specifier}'`;
}

/**
 * @param {string} path
 * @param {readonly string[]} places
 */
function isIn(path, places) {
  return places.some((place) => place === '*' || path === place || path.startsWith(`${place}/`));
}

/**
 * @param {string} specifier
 * @param {readonly string[]} packages
 */
function isOneOf(specifier, packages) {
  return packages.some((name) => {
    if (name === '*') return true;
    if (name === 'node:') return specifier.startsWith('node:');
    if (name.endsWith('/*')) return specifier.startsWith(name.slice(0, -1));
    return specifier === name || specifier.startsWith(`${name}/`);
  });
}

/**
 * The linter's rule. Sees static imports, re-exports, dynamic imports, `require`, and the `import()` of types.
 * @param {string} root
 */
export function boundariesRule(root) {
  return {
    meta: { type: 'problem', docs: { description: 'imports point one way' } },
    /** @param {any} context */
    create(context) {
      const file = relative(root, context.filename).split(sep).join('/');
      /** @type {(node: any, source: any, typeOnly: boolean) => void} */
      const check = (node, source, typeOnly) => {
        if (typeof source?.value !== 'string') return;
        const message = violation(file, source.value, typeOnly);
        if (message !== undefined) context.report({ node, message });
      };
      /** @type {(node: any) => boolean} */
      const onlyTypes = ({ importKind, exportKind, specifiers }) =>
        importKind === 'type' ||
        exportKind === 'type' ||
        (specifiers?.length > 0 &&
          specifiers.every((/** @type {any} */ one) => (one.importKind ?? one.exportKind) === 'type'));
      return {
        ImportDeclaration: (/** @type {any} */ node) => check(node, node.source, onlyTypes(node)),
        ExportNamedDeclaration: (/** @type {any} */ node) => check(node, node.source, onlyTypes(node)),
        ExportAllDeclaration: (/** @type {any} */ node) => check(node, node.source, onlyTypes(node)),
        ImportExpression: (/** @type {any} */ node) => check(node, node.source, false),
        TSImportType: (/** @type {any} */ node) =>
          check(node, node.source ?? node.argument?.literal ?? node.argument, true),
        CallExpression: (/** @type {any} */ node) => {
          if (node.callee.type === 'Identifier' && node.callee.name === 'require')
            check(node, node.arguments[0], false);
        },
      };
    },
  };
}
