import type { Account } from './driver.ts';
import type { Stage } from './stage.ts';

/** Tells the router of the first account, and the sandbox of the router. */
export async function introduce(stage: Stage): Promise<void> {
  const api_url = `http://127.0.0.1:${stage.env['PORT']}`;
  await stage.platform.introduce(stage.control, api_url);
  stage.account = await addAccount(stage, 0, { crm_webhook_url: stage.env['CRM_WEBHOOK_URL'] });
  await stage.control('PUT', '/router', {
    api_url,
    api_key: stage.env['ADMIN_API_KEY'],
    accounts: Object.fromEntries(
      stage.all.map(({ platform, account }) => [
        platform.channel,
        { account_id: account.id, webhook_secret: stage.env['CRM_WEBHOOK_SECRET'] },
      ]),
    ),
  });
}

/** Known to the platform and to the router, with an endpoint of its own unless `more` names one. */
export async function addAccount(
  stage: Stage,
  number: number,
  more: object = {},
): Promise<Account> {
  const { channel, account } = stage.platform;
  const { externalId, platformSide, routerSide } = account(number);
  await stage.control('POST', `/${channel}/accounts`, platformSide);
  const id = await register(stage, {
    channel,
    ...routerSide,
    webhook_secret: stage.env['CRM_WEBHOOK_SECRET'],
    crm_webhook_url: `${stage.sandbox.url}/crm/webhooks/${number}`,
    ...more,
  });
  return { id, externalId, number };
}

async function register(stage: Stage, body: object): Promise<string> {
  const made = await stage.call<{ account_id: string }>('POST', '/api/v1/accounts', body);
  if (made.status !== 201) throw new Error(`No account: ${JSON.stringify(made.body)}`);
  return made.body.account_id;
}
