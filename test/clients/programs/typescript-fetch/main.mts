import { Configuration, ConversationsApi, MessagesApi, ResponseError } from './client/index.js';

/** Writes to a customer with what openapi-generator made of the document, and prints what came. */

const env = (name: string): string => process.env[name] ?? '';
const configuration = new Configuration({
  basePath: env('API_URL'),
  accessToken: async () => env('API_KEY'),
});
const messages = new MessagesApi(configuration);
const conversations = new ConversationsApi(configuration);

const accountId = env('ACCOUNT_ID');
const recipientId = env('CUSTOMER');
const first = await messages.sendMessage({
  sendMessageRequest: { accountId, recipientId, message: env('TEXT') },
});
const { conversationId } = first;
const second = await messages.sendUnifiedMessage({
  unifiedSendRequest: { conversationId, content: { type: 'text', text: env('OTHER_TEXT') } },
});

async function untilSent(messageId: string): Promise<string> {
  for (let tries = 0; tries < 200; tries += 1) {
    const { status } = await messages.getMessageStatus({ messageId });
    if (status !== 'pending') return status;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return 'pending';
}

async function errorOfNoMessage(): Promise<string> {
  try {
    await messages.getMessage({ messageId: '00000000-0000-4000-8000-000000000000' });
  } catch (error) {
    if (error instanceof ResponseError) return (await error.response.json()).code;
    throw error;
  }
  return 'none';
}

const messageIds = [first.messageId, second.messageId];
const statuses: string[] = [];
for (const id of messageIds) statuses.push(await untilSent(id));
const list = await conversations.listConversations({ accountId, limit: 100 });
const history = await conversations.listMessages({ conversationId });
console.log(
  JSON.stringify({
    message_ids: messageIds,
    conversation_id: conversationId,
    statuses,
    listed: list.data.some((each) => each.conversationId === conversationId),
    texts: history.data.sort((a, b) => a.position - b.position).map((message) => message.text),
    error: await errorOfNoMessage(),
  }),
);
