import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { copyWorkflows, type ScratchWorkflows } from './scratch-workflows.ts';

let workflows: ScratchWorkflows;
beforeEach(() => {
  workflows = copyWorkflows();
});
afterEach(() => workflows.remove());

describe('the workflow bundle', () => {
  it('is built from the workflows and holds both of them, and neither zod nor an activity', async () => {
    const { code, output } = await workflows.bundle();
    expect(output).toBe('');
    for (const part of ['conversation.ts', 'send-message.ts']) expect(code).toContain(part);
    // What is loaded is paid for by every cached run.
    expect(code).not.toMatch(/node_modules\/zod|src\/activities|node_modules\/pg\//);
  });

  it('is refused with the name of the file when a workflow imports a module of Node', async () => {
    workflows.change('conversation.ts', 'import {\n', `import 'node:fs';\nimport {\n`);
    const { code, output } = await workflows.bundle();
    expect(code).toBeNull();
    expect(output).toMatch(/node:fs[^]*workflows\/conversation\.ts/);
  });

  it('is refused when a workflow imports an activity instead of its type', async () => {
    const line = `import { createActivities } from '../activities/index.ts';\nvoid createActivities;\n`;
    workflows.change('conversation.ts', 'import {\n', `${line}import {\n`);
    const { code, output } = await workflows.bundle();
    expect(code).toBeNull();
    expect(output).toMatch(/disallowed modules|node:/);
  });
});
