import type { CrmEventType } from '../domain/crm-event.ts';

/** The prose of the OpenAPI document. */

export const API_DESCRIPTION = `
One API to write to customers on every channel; what they answer, and what becomes of every
message, comes to you as signed webhooks, in order.

## Keys
Send \`Authorization: Bearer <key>\`. A \`crm\` key may use messages and conversations of its
accounts, and look at these accounts, their webhooks and their dead letters; an \`admin\` key may also
change them, keys and rules, and sees alerts. Each operation says which key it needs. A missing or bad key is a 401; an
\`account_id\` that the key may not use a 403, whether it exists or not; any other unknown id a 404.

## Requests
JSON in UTF-8, at most 1 MB and 64 levels deep, names in snake_case, times in UTC with
milliseconds. Members that are not known are refused, so that a typing error does not pass
unseen; of two members with one name the last counts. Text may be anything but NUL and lone
surrogates. Bodies may be compressed with gzip, deflate or br.

## Errors
Every error is a problem document (RFC 9457): switch on \`code\`, show \`detail\` to a person,
follow the JSON pointers in \`errors\` to what is wrong, and repeat the request only if
\`retryable\` is true, after \`Retry-After\` where it is there. \`correlation_id\` is the
\`X-Request-Id\` of the answer; send your own and it stays with the message to the last webhook.

## Lists
\`limit\` and \`cursor\`; \`next_cursor\` of one page is the \`cursor\` of the next, and null at
the end.

## Limits
Each key has a number of requests a minute (\`RateLimit-Limit\`, \`RateLimit-Remaining\`,
\`RateLimit-Reset\` in seconds). Above it: 429 with \`Retry-After\`.

## Webhooks
The webhooks below go to the \`crm_webhook_url\` of the account, one conversation's events one by
one in the order of \`sequence\`. Answer 2xx within 10 seconds and do the work afterwards.
Other answers, and none, are repeated: after 1, 4, 16 and 64 seconds, then slower, for 24 hours.
401 is not repeated; 410 stops the webhooks of the account until its URL is set anew.

Check one of the two signatures over the raw bytes: \`X-Hub-Signature-256: sha256=<hex HMAC-SHA256
of the body, keyed with the secret's own bytes>\`, or \`webhook-id\`, \`webhook-timestamp\` and
\`webhook-signature\` as Standard Webhooks has them. Deduplicate by \`webhook-id\`.
`.trim();

export const TAGS = [
  { name: 'Messages', description: 'Write to customers, and see what became of it.' },
  { name: 'Conversations', description: 'Read what was written.' },
  { name: 'Accounts', description: 'Your accounts on the platforms; changed by `admin` keys.' },
  {
    name: 'Auto-replies',
    description: 'What an account answers by itself. For `admin` keys.',
  },
  { name: 'API keys', description: 'Who may use this API. For `admin` keys.' },
  {
    name: 'Dead letters',
    description: 'What was given up, and what to do about it; dealt with by `admin` keys.',
  },
  { name: 'Webhook deliveries', description: 'What became of each event for your CRM.' },
  {
    name: 'Mirror',
    description: "The copy of the chat in the CRM's own MySQL database. For `admin` keys.",
  },
  { name: 'Alerts', description: 'What an operator should know. For `admin` keys.' },
  { name: 'Platform webhooks', description: 'What the platforms call; not for CRMs.' },
  { name: 'Health', description: 'For load balancers and people on call.' },
];

/** What an event is called beside its name. */
export const WEBHOOK_SUMMARIES: Record<CrmEventType, string> = {
  'message.received': 'A customer wrote',
  'message.edited': 'A message was changed',
  'message.deleted': 'A message was taken back',
  'message.reaction': 'A reaction was put on a message, or taken off',
  'message.sent': 'The platform has a message',
  'message.delivered': 'A message reached the customer',
  'message.read': 'The customer has seen a message',
  'message.failed': 'A message was given up',
  'message.delayed': 'A message waits',
  'message.unconfirmed': 'Nobody knows whether a message arrived',
  'account.paused': 'An account waits for new credentials',
  'account.resumed': 'An account goes on',
  'account.token_expiring': 'The credentials of an account end soon',
  'webhook.test': 'Somebody tried the webhook',
};

export const WEBHOOK_DESCRIPTIONS: Record<CrmEventType, string> = {
  'message.received': 'A customer wrote. Answer with `POST /api/v1/messages`.',
  'message.edited': 'A customer changed a message; `text` is the new one.',
  'message.deleted': 'A customer took a message back. Remove it on your side too.',
  'message.reaction': 'A customer put a reaction on a message, or took it off.',
  'message.sent':
    'The platform has the message. With `source: platform_app` somebody typed it in the ' +
    "platform's own app, with `auto_reply` a rule of the account wrote it; `text` says what.",
  'message.delivered':
    "It reached the customer's device. Not every platform tells: Instagram does not.",
  'message.read': 'The customer has seen it. This may come without `message.delivered` before it.',
  'message.failed': 'Given up; `error` has the reason in the words of the platform. Not sent.',
  'message.delayed':
    'It waits for over a minute; `delay` says why and until when. Nothing has to be done.',
  'message.unconfirmed':
    'The connection broke while the platform had the message, and no proof of it came since. ' +
    'It may have arrived; it is not sent again by itself.',
  'account.paused':
    'The platform refuses the credentials. Messages wait until an administrator sets new ones.',
  'account.resumed': 'New credentials work; what waited goes on.',
  'account.token_expiring':
    'The credentials end soon and were not renewed; told once 14, 7 and 1 days before. Set new ' +
    'ones with `PUT /api/v1/accounts/{account_id}`.',
  'webhook.test': 'Somebody tried the webhook. Answer 2xx and ignore it.',
};
