import { DEMO_CRM_PATH } from './demo.ts';
import type { LocalSecrets } from './secrets.ts';

/** Addresses of the parts that run on this machine. */
export type LocalAddresses = {
  databaseUrl: string;
  temporalAddress: string;
  sandboxUrl: string;
  /** The router's own, which Telegram is told. */
  apiUrl: string;
  workflowBundle: string;
  /** What turns the mirror on, where the CRM's database runs here as well. */
  crmMysql?: Record<string, string>;
};

/**
 * The environment of a local router: what somebody set stays, the rest comes from the parts that
 * `npm start` runs. The platforms' addresses point at the sandbox only where they are not set.
 */
export function localEnvironment(
  environment: NodeJS.ProcessEnv,
  secrets: LocalSecrets,
  addresses: LocalAddresses,
): NodeJS.ProcessEnv {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
  const appSecretGiven = given['INSTAGRAM_APP_SECRET'] ?? given['FACEBOOK_APP_SECRET'];
  return {
    DATABASE_URL: addresses.databaseUrl,
    TEMPORAL_ADDRESS: addresses.temporalAddress,
    WORKFLOW_BUNDLE: addresses.workflowBundle,
    ENCRYPTION_KEYS: secrets.encryption_keys,
    ADMIN_API_KEY: secrets.admin_api_key,
    FACEBOOK_VERIFY_TOKEN: secrets.verify_token,
    ...(appSecretGiven ? {} : { INSTAGRAM_APP_SECRET: secrets.app_secret }),
    INSTAGRAM_API_URL: `${addresses.sandboxUrl}/instagram/v25.0`,
    WHATSAPP_API_URL: `${addresses.sandboxUrl}/whatsapp/v25.0`,
    TELEGRAM_API_URL: `${addresses.sandboxUrl}/telegram`,
    PUBLIC_URL: addresses.apiUrl,
    CRM_WEBHOOK_URL: `${addresses.sandboxUrl}${DEMO_CRM_PATH}`,
    CRM_WEBHOOK_SECRET: secrets.crm_webhook_secret,
    // The demo CRM listens on this machine, which webhooks may otherwise not reach.
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
    ...given,
    // Asked for at this start: stronger than what a file says for all of them.
    ...addresses.crmMysql,
  };
}
