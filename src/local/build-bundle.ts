import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/**
 * Writes the workflow bundle to the file named on the command line:
 * `node src/local/build-bundle.ts workflows.js`. Bundling takes 270 MB, which a process of its own
 * gives back; the container image runs this when it is built.
 */
const target = process.argv[2];
if (target === undefined) {
  process.stderr.write('usage: node src/local/build-bundle.ts <file>\n');
  process.exit(2);
}
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
  logger: new DefaultLogger('WARN'),
});
writeFileSync(target, code);
