/** Two rules about where a program may get its facts from: contract time from the engine, settings from config.ts. */

/** Each names an object and the property of it that answers differently every time it is asked. */
const REAL_WORLD = new Set([
  'Date.now',
  'Temporal.Now',
  'performance.now',
  'Math.random',
  'crypto.randomUUID',
  'crypto.getRandomValues',
]);

/** In machines/ the only clock is `now(self)` of the engine: contract time, the same in every replay. */
export const noRealClock = {
  meta: { type: 'problem', docs: { description: 'machines ask the engine for the time' } },
  /** @param {any} context */
  create(context) {
    /** @type {(node: any, what: string) => void} */
    const report = (node, what) =>
      context.report({
        node,
        message: `machines/ has contract time only: use now(self) of engine/machine.ts, not ${what}`,
      });
    return {
      MemberExpression: (/** @type {any} */ node) => {
        const path = `${nameOf(node.object)}.${nameOf(node.property)}`;
        if (REAL_WORLD.has(path)) report(node, path);
      },
      NewExpression: (/** @type {any} */ node) => {
        if (nameOf(node.callee) === 'Date' && node.arguments.length === 0) report(node, 'new Date()');
      },
      CallExpression: (/** @type {any} */ node) => {
        if (node.callee.type === 'Identifier' && node.callee.name === 'Date') report(node, 'Date()');
      },
      VariableDeclarator: (/** @type {any} */ node) => {
        for (const name of destructured(node)) {
          if (REAL_WORLD.has(`${nameOf(node.init)}.${name}`)) report(node, `${nameOf(node.init)}.${name}`);
        }
      },
    };
  },
};

/** `process.env` has one reader, so that every variable is named, checked and documented in one place. */
export const environmentInConfigOnly = {
  meta: { type: 'problem', docs: { description: 'only config.ts reads the environment' } },
  /** @param {any} context */
  create(context) {
    /** @type {(node: any) => void} */
    const report = (node) =>
      context.report({
        node,
        message: 'only config.ts reads the environment: take a Config, or the part that is needed, as an argument',
      });
    return {
      MemberExpression: (/** @type {any} */ node) => {
        if (nameOf(node.object) === 'process' && nameOf(node.property) === 'env') report(node);
      },
      VariableDeclarator: (/** @type {any} */ node) => {
        if (nameOf(node.init) === 'process' && destructured(node).includes('env')) report(node);
      },
      ImportDeclaration: (/** @type {any} */ node) => {
        const isProcess = /^(node:)?process$/.test(node.source.value);
        if (isProcess && node.specifiers.some((/** @type {any} */ one) => nameOf(one.imported) === 'env')) report(node);
      },
    };
  },
};

/**
 * The last name of an expression: `Date` of `Date` and of `globalThis.Date`, `now` of `['now']`.
 * @param {any} node
 * @returns {string | undefined}
 */
function nameOf(node) {
  if (node?.type === 'Identifier') return node.name;
  if (node?.type === 'Literal') return String(node.value);
  if (node?.type === 'MemberExpression') return nameOf(node.property);
  return undefined;
}

/**
 * @param {any} declarator
 * @returns {(string | undefined)[]}
 */
function destructured({ id }) {
  return id.type === 'ObjectPattern' ? id.properties.map((/** @type {any} */ one) => nameOf(one.key)) : [];
}
