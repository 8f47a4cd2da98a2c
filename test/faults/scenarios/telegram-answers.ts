import {
  type Answer,
  httpAnswers,
  refused,
  throttled,
  unauthorized,
} from './platform-answer-table.ts';

function said(
  status: number,
  description: string,
  rest: Omit<Answer, 'name'>,
  parameters?: object,
): Answer {
  const body = { ok: false, error_code: status, description, ...(parameters && { parameters }) };
  return { name: `${status} ${description}`, status, body, ...rest };
}

/** Nothing ever proves that a message has arrived: a person decides. */
const unknown = { class: 'unknown', ends: 'unconfirmed', mode: 'apply-then-fail' } as const;

/** Every kind of error that Telegram documents, and what has to become of it. */
export const TELEGRAM_ANSWERS: Answer[] = [
  said(401, 'Unauthorized', unauthorized),
  said(401, 'Unauthorized: invalid token specified', unauthorized),
  said(404, 'Not Found', unauthorized),
  said(409, 'Conflict: terminated by other getUpdates request', unauthorized),
  said(404, 'Not Found: method not found', refused),
  said(403, 'Forbidden: bot was blocked by the user', refused),
  said(403, 'Forbidden: user is deactivated', refused),
  said(403, "Forbidden: bot can't initiate conversation with a user", refused),
  said(403, 'Forbidden: bot was kicked from the group chat', refused),
  said(400, 'Bad Request: chat not found', refused),
  said(400, 'Bad Request: message text is empty', refused),
  said(400, 'Bad Request: text is too long', refused),
  said(400, "Bad Request: can't parse entities", refused),
  said(400, 'Bad Request: failed to get HTTP URL content', refused),
  said(429, 'Too Many Requests: retry after 1', throttled, { retry_after: 1 }),
  said(500, 'Internal Server Error: restart', unknown),
  ...httpAnswers('unconfirmed'),
];
