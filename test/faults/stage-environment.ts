import { randomBytes } from 'node:crypto';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { generateApiKey } from '../../src/database/api-key-format.ts';
import { freePort } from '../../src/local/ports.ts';
import type { Line } from './line.ts';
import { instagram } from './platforms/instagram.ts';
import { telegram } from './platforms/telegram.ts';
import { whatsapp } from './platforms/whatsapp.ts';
import type { Services } from './services.ts';

/** Hours and minutes of the router's schedules as seconds. */
const COMPRESSED = {
  OUTBOUND_RETRY_DELAYS: '0.2,0.5',
  OUTBOUND_EXPIRY: '600',
  EVIDENCE_WAIT: '5',
  CRM_RETRY_DELAYS: '0.3,0.6,1,1,2',
  CRM_RETRY_LIMIT: '300',
  CRM_WEBHOOK_TIMEOUT: '5',
  CRM_BREAKER_FAILURES: '10',
  CRM_PROBE_DELAYS: '1,2',
};

type Given = {
  services: Services;
  name: string;
  appSecret: string;
  verifyToken: string;
  sandbox: Sandbox;
  line: Line;
};

/** The variables of the router's processes, on ports and with secrets of their own. */
export async function makeEnvironment(given: Given): Promise<Record<string, string>> {
  const database = new URL(given.services.postgres.url);
  database.pathname = `/${given.name}`;
  const port = await freePort();
  const { appSecret } = given;
  const api = `http://127.0.0.1:${port}`;
  return {
    ENVIRONMENT: 'test',
    LOG_LEVEL: 'info',
    PORT: String(port),
    PUBLIC_URL: api,
    WORKER_HEALTH_PORT: String(await freePort()),
    RATE_LIMIT_PER_MINUTE: '0',
    DATABASE_URL: database.href,
    TEMPORAL_ADDRESS: given.services.temporal.address,
    TEMPORAL_NAMESPACE: given.name,
    WORKFLOW_BUNDLE: given.services.workflowBundle,
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    ADMIN_API_KEY: generateApiKey(),
    FACEBOOK_VERIFY_TOKEN: given.verifyToken,
    ...Object.assign(
      {},
      ...[instagram, whatsapp, telegram].map((each) =>
        each.environment({ line: given.line.url, appSecret, api }),
      ),
    ),
    CRM_WEBHOOK_URL: `${given.sandbox.url}/crm/webhooks`,
    CRM_WEBHOOK_SECRET: `whsec_${randomBytes(24).toString('base64')}`,
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
    ...COMPRESSED,
  };
}
