/** The project's own lint rules, for oxlint (`jsPlugins` in .oxlintrc.json). */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { boundariesRule } from './boundaries.mjs';
import { environmentInConfigOnly, noRealClock } from './purity.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export default {
  meta: { name: 'pacta' },
  rules: {
    boundaries: boundariesRule(root),
    'no-real-clock': noRealClock,
    'environment-in-config-only': environmentInConfigOnly,
  },
};
