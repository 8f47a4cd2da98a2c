import { z } from 'zod';
import type { ChannelRegistry } from '../../channels/channel.ts';
import type { AccountStore } from '../../database/account-store.ts';
import { requireAccount } from '../access.ts';
import { ApiError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import { AccountId } from './common-schemas.ts';
import { notSupported, throwPlatformError } from './platform-call.ts';

/** What this route needs of the router. */
export type TemplateRouteDeps = { accounts: Pick<AccountStore, 'open'>; channels: ChannelRegistry };

const Template = z.object({
  name: z.string(),
  language: z.string(),
  status: z.string().meta({ description: "The platform's word; only `APPROVED` ones are sent." }),
  category: z.string().nullable(),
  components: z.array(z.unknown()).meta({ description: "In the platform's own form." }),
});

const example = {
  data: [
    {
      name: 'order_update',
      language: 'en_US',
      status: 'APPROVED',
      category: 'UTILITY',
      components: [{ type: 'BODY', text: 'Hello {{1}}, your order is on its way.' }],
    },
  ],
};

/** `GET /api/v1/accounts/{account_id}/templates`. */
export function createTemplateRoute({ accounts, channels }: TemplateRouteDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/accounts/{account_id}/templates',
    operationId: 'listTemplates',
    summary: 'List the templates of an account',
    description:
      'Asks the platform for the messages that it has approved beforehand: what may be sent when ' +
      'the window for free answers is closed. Only on channels that have templates.',
    tags: ['Accounts'],
    auth: 'crm',
    params: z.object({ account_id: AccountId }),
    responses: {
      200: {
        description: 'What the platform has.',
        schema: z.object({ data: z.array(Template) }),
        example,
      },
    },
    errors: [
      'account_forbidden',
      'account_not_found',
      'not_supported',
      'platform_refused',
      'platform_unavailable',
    ],
    async handle({ params: { account_id }, caller }) {
      requireAccount(caller, account_id, 'path');
      const account = await accounts.open(account_id);
      if (!account) throw new ApiError('account_not_found');
      const channel = channels.get(account.channel);
      if (!channel.listTemplates) throw notSupported(channel.name, 'templates');
      const data = await channel.listTemplates(account).catch(throwPlatformError);
      return { status: 200, body: { data } };
    },
  });
}
