/** Refuses a Node that cannot run this project, in words rather than with a syntax error. Imported first by every entry script. */

const NEEDED = 24;

/**
 * @param {string} version as in `process.version`
 * @returns {string | undefined} what to tell, or undefined when the version will do
 */
export function nodeTooOld(version) {
  const major = Number(/^v?(\d+)\./.exec(version)?.[1] ?? 0);
  if (major >= NEEDED) return undefined;
  return (
    `Pacta needs Node ${NEEDED} or newer, and this is Node ${version.replace(/^v/, '')}. ` +
    `Start it through npm (npm start, npm test), which brings its own Node on Linux and Windows, or install Node ${NEEDED}.`
  );
}

/** Ends the process with the message when the running Node is too old. */
export function requireNode() {
  const message = nodeTooOld(process.version);
  if (message === undefined) return;
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
