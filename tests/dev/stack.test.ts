import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { createTransport } from 'nodemailer';
import { inject, it, expect } from 'vitest';
import { createDatabase, stackUrls, taskQueue, temporalAddress } from '../support/stack.ts';

it('serves a Temporal server that skips time', async () => {
  const connection = await Connection.connect({ address: temporalAddress() });
  const client = new Client({ connection });
  const workflowId = taskQueue();
  await client.workflow.start('nobodyRunsThis', { taskQueue: workflowId, workflowId, startDelay: '30 days' });
  const fastForward = { id: 'jump', duration: msToTs('31 days') };
  const answer = await connection.workflowService.updateWorkflowExecutionOptions({
    namespace: 'default',
    workflowExecution: { workflowId },
    workflowExecutionOptions: { timeSkippingConfig: { enabled: true, fastForwardConfig: fastForward } },
    updateMask: { paths: ['time_skipping_config'] },
  });
  expect(answer.workflowExecutionOptions?.timeSkippingConfig?.enabled).toBe(true);
  await client.workflow.getHandle(workflowId).terminate();
  await connection.close();
});

it('keeps the mail that it catches and delivers nothing', async () => {
  const transport = createTransport(inject('stack').env.PACTA_SMTP_URL);
  await transport.sendMail({
    from: 'Pacta <no-reply@pacta.invalid>',
    to: 'someone@customer.invalid',
    subject: 'Verlängerung für ein Jahr',
    text: 'grüße',
    messageId: '<notice-1@pacta.invalid>',
  });
  const listed = await fetch(`${stackUrls().mail}/mails.json`);
  const mails = (await listed.json()) as { to: string[] }[];
  // Other tests of the run send mail as well.
  expect(mails.filter(({ to }) => to.includes('someone@customer.invalid'))).toMatchObject([
    { to: ['someone@customer.invalid'], subject: 'Verlängerung für ein Jahr', messageId: '<notice-1@pacta.invalid>' },
  ]);
});

it('gives each test a database of its own with the schema', async () => {
  const urls = await Promise.all([createDatabase(), createDatabase()]);
  expect(new Set(urls).size).toBe(2);
});
