import type { Json } from './json.ts';

/** A refusal of the Bot API; clients must look at the code and the beginning of the description. */
export class TelegramError extends Error {
  readonly code: number;
  readonly parameters: Json | undefined;
  constructor(code: number, description: string, parameters?: Json) {
    super(description);
    this.code = code;
    this.parameters = parameters;
  }
}

/** The body of a refusal. */
export function telegramErrorBody({ code, message, parameters }: TelegramError): Json {
  return {
    ok: false,
    error_code: code,
    description: message,
    ...(parameters && { parameters }),
  };
}

const badRequest = (text: string) => new TelegramError(400, `Bad Request: ${text}`);
const forbidden = (text: string) => new TelegramError(403, `Forbidden: ${text}`);
const conflict = (text: string) => new TelegramError(409, `Conflict: ${text}`);

/** The refusals of the state rules, in the platform's words where they are known. */
export const refusals = {
  badRequest,
  unauthorized: () => new TelegramError(401, 'Unauthorized'),
  malformedToken: (status: 401 | 404) =>
    status === 401
      ? new TelegramError(401, 'Unauthorized: invalid token specified')
      : new TelegramError(404, 'Not Found'),
  notFound: () => new TelegramError(404, 'Not Found'),
  notInSandbox: (method: string) =>
    badRequest(`the method ${method} is not available in this sandbox`),
  methodNotFound: () => new TelegramError(404, 'Not Found: method not found'),
  tooManyRequests: (seconds: number) =>
    new TelegramError(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds }),
  chatNotFound: () => badRequest('chat not found'),
  notStarted: () => forbidden("bot can't initiate conversation with a user"),
  blocked: () => forbidden('bot was blocked by the user'),
  deactivated: () => forbidden('user is deactivated'),
  kicked: (type: string) => forbidden(`bot was kicked from the ${type} chat`),
  notMember: (type: string) => forbidden(`bot is not a member of the ${type} chat`),
  groupDeleted: () => forbidden('the group chat was deleted'),
  migrated: (to: number) =>
    new TelegramError(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
      migrate_to_chat_id: to,
    }),
  webhookActive: () =>
    conflict(
      "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    ),
  otherGetUpdates: () =>
    conflict(
      'terminated by other getUpdates request; make sure that only one bot instance is running',
    ),
  terminatedBySetWebhook: () => conflict('terminated by setWebhook request'),
};
