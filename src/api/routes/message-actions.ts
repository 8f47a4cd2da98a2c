import { z } from 'zod';
import type { ActionResult, MessageActionStore } from '../../database/message-action-store.ts';
import type { MessageStore } from '../../database/message-store.ts';
import { ApiError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import { MessageId } from './common-schemas.ts';
import { cancelledExample, confirmedExample, resentExample } from './message-examples.ts';
import { MessageStatusResponse } from './message-schemas.ts';
import { presentStatus } from './message-view.ts';

/** What these routes need of the router. */
export type MessageActionRoutesDeps = {
  messages: Pick<MessageStore, 'findStatus'>;
  messageActions: MessageActionStore;
  /** Makes the dispatcher look for new work at once. */
  kick(): void;
};

type Action = {
  name: keyof MessageActionStore;
  summary: string;
  description: string;
  done: string;
  example: z.output<typeof MessageStatusResponse>;
};

const ACTIONS: Action[] = [
  {
    name: 'resend',
    summary: 'Send a message once more',
    description: `
For a message that is \`failed\` or \`unconfirmed\`. It becomes \`pending\` and goes to the end of
its conversation, with all its attempts before it; parts of a long text that are known to have
arrived are not repeated. After \`unconfirmed\` the customer may get it twice, and the message says
\`possible_duplicate\`; while proof is still awaited, the wait ends and it keeps its place.`,
    done: 'It is sent again.',
    example: resentExample,
  },
  {
    name: 'confirm',
    summary: 'Say that the customer has a message',
    description: `
For a message that is \`unconfirmed\`, when somebody has seen in the conversation on the platform
that it is there. It becomes \`sent\`, and your webhook gets \`message.sent\`. Of a long text the
part in doubt counts as sent, and the parts behind it are sent now.`,
    done: 'It counts as sent.',
    example: confirmedExample,
  },
  {
    name: 'cancel',
    summary: 'Cancel a message that waits',
    description: `
For a message that is \`pending\`. It becomes \`failed\` with code \`cancelled\` and is not sent
(of a long text: the parts that are left). Refused while a call to the platform is under way, or
has ended so that the customer may have it. One that holds its conversation
(\`wait_reason: held\`) lets it go on, and stays \`unconfirmed\`.`,
    done: 'It is not sent any more.',
    example: cancelledExample,
  },
];

/** What a person may decide about one message. */
export function createMessageActionRoutes(deps: MessageActionRoutesDeps): Route[] {
  return ACTIONS.map((action) => actionRoute(action, deps));
}

function actionRoute(
  { name, summary, description, done, example }: Action,
  { messages, messageActions, kick }: MessageActionRoutesDeps,
): Route {
  return defineRoute({
    method: 'post',
    path: `/api/v1/messages/{message_id}/${name}`,
    operationId: `${name}Message`,
    summary,
    description: `${description}\n\nIn any other status: 409 with the present one in \`state\`.`,
    tags: ['Messages'],
    auth: 'crm',
    params: z.object({ message_id: MessageId }),
    responses: { 200: { description: done, schema: MessageStatusResponse, example } },
    errors: ['message_not_found', 'message_state_conflict'],
    async handle({ params: { message_id }, caller, log }) {
      const result = await messageActions[name](message_id, caller.accountIds);
      if (result.kind !== 'done') throw refusalOf(result);
      kick();
      log.info(`message ${name}`, { message_id });
      const view = await messages.findStatus(message_id, caller.accountIds);
      if (!view) throw refusalOf({ kind: 'not_found' });
      return { status: 200, body: presentStatus(view) };
    },
  });
}

function refusalOf(result: Exclude<ActionResult, { kind: 'done' }>): ApiError {
  return result.kind === 'not_found'
    ? new ApiError('message_not_found', {
        detail: 'There is no message with this id among the accounts of your key.',
      })
    : new ApiError('message_state_conflict', {
        detail: `The message is ${result.status}. ${result.detail}`,
        state: result.status,
      });
}
