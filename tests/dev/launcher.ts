/** Starts the servers of a stack in the folder of its argument and says so: a launcher for tests to kill. */
import { startStack } from '../../dev/stack.ts';

const [dataDir = ''] = process.argv.slice(2);
await startStack({ dataDir, only: ['postgres', 'temporal', 'mail'], anyPorts: true, fsync: false });
process.stdout.write('ready\n');
