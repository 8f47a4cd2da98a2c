import { join } from 'node:path';
import { startSandbox } from './sandbox.ts';

/** Runs the sandbox alone: `SANDBOX_PORT`, `DATA_DIR`, `INSTAGRAM_APP_SECRET`, `FACEBOOK_VERIFY_TOKEN`. */
async function main(): Promise<void> {
  const { env } = process;
  const port = Number(env['SANDBOX_PORT'] || 8100);
  const sandbox = await startSandbox({
    port,
    stateFile: join(env['DATA_DIR'] || '.data', 'sandbox.json'),
    appSecret: env['INSTAGRAM_APP_SECRET'] || 'sandbox-app-secret',
    verifyToken: env['FACEBOOK_VERIFY_TOKEN'] || 'sandbox-verify-token',
  }).catch((error: NodeJS.ErrnoException) => {
    const taken = error.code === 'EADDRINUSE';
    const reason = taken ? `port ${port} is taken: set SANDBOX_PORT to another one` : error.message;
    process.stderr.write(`The sandbox cannot start: ${reason}\n`);
    process.exit(1);
  });
  process.stdout.write(`Sandbox: ${sandbox.url}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void sandbox.close());
}

if (import.meta.main) await main();
