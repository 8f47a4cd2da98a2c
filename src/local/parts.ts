import { join } from 'node:path';
import type { Step } from './progress.ts';
import type { LocalSettings } from './settings.ts';
import type { Running } from './shutdown.ts';

/** Starts PostgreSQL unless DATABASE_URL names one. Returns the URL to use. */
export async function startDatabase(
  settings: LocalSettings,
  running: Running,
  step: Step,
): Promise<string> {
  if (settings.DATABASE_URL !== undefined) return settings.DATABASE_URL;
  const { startPostgres } = await import('./postgres.ts');
  const folder = join(settings.DATA_DIR, 'postgres');
  const { url } = await running.start(async () => {
    const postgres = await step('Starting PostgreSQL', () =>
      startPostgres({ folder, port: settings.POSTGRES_PORT }),
    );
    return { url: postgres.url, close: postgres.stop };
  });
  return url;
}

/** Starts Temporal's dev server unless TEMPORAL_ADDRESS names one. */
export async function startWorkflowServer(
  settings: LocalSettings,
  running: Running,
  step: Step,
): Promise<{ address: string; uiUrl: string | null }> {
  if (settings.TEMPORAL_ADDRESS !== undefined)
    return { address: settings.TEMPORAL_ADDRESS, uiUrl: null };
  const { findTemporalCli } = await import('./temporal-cli.ts');
  const { startTemporal } = await import('./temporal.ts');
  const cli = await findTemporalCli(settings.DATA_DIR, step, settings.TEMPORAL_CLI);
  return running.start(async () => {
    const options = {
      cli,
      folder: join(settings.DATA_DIR, 'temporal'),
      port: settings.TEMPORAL_PORT,
      uiPort: settings.TEMPORAL_UI_PORT,
    };
    const temporal = await step('Starting Temporal', () => startTemporal(options));
    return { address: temporal.address, uiUrl: temporal.uiUrl, close: temporal.stop };
  });
}
