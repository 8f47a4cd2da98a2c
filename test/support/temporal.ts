import { randomBytes } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { askServices } from './ask-services.ts';

/** Where a test's workflows run: the shared dev server, in a namespace of the test's own. */
export type TestNamespace = { address: string; namespace: string };

/**
 * Registers a namespace, so that fixed queue names and workflow ids of two test files cannot meet.
 * Search attributes belong to a namespace: the code under test registers its own.
 */
export async function createTestNamespace(): Promise<TestNamespace> {
  const address = await askServices('temporal');
  const namespace = `test-${randomBytes(6).toString('hex')}`;
  await registerNamespace(address, namespace);
  return { address, namespace };
}

/** Throws where the server has the namespace already. */
export async function registerNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
  } finally {
    await connection.close();
  }
}

/** The program `temporal`, with which an operator works. */
export function temporalCliPath(): Promise<string> {
  return askServices('temporal-cli');
}

/** The program for `TestWorkflowEnvironment.createTimeSkipping` (`type: 'existing-path'`). */
export function timeSkippingServerPath(): Promise<string> {
  return askServices('time-skipping-server');
}

/** The workflow bundle for `Worker.create({ workflowBundle: { codePath } })`, built once. */
export function workflowBundlePath(): Promise<string> {
  return askServices('workflow-bundle');
}
