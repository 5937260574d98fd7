/**
 * Makes Temporal's SDK download its development server: the SDK does so when it starts one that it has not got.
 * Arguments: the version, the folder that the program shall be left in.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [version = 'default', downloadDir = ''] = process.argv.slice(2);

try {
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', version, downloadDir, ttl: '3650d' } },
  });
  await environment.teardown();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
