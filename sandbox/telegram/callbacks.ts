import { refusals } from './errors.ts';
import type { Method } from './method.ts';

/** https://core.telegram.org/bots/api#answercallbackquery: once, and soon. */
export const answerCallbackQuery: Method = ({ settings, now }, { bot, params }) => {
  const id = params.text('callback_query_id') ?? '';
  const query = bot.queries.find((candidate) => candidate.id === id);
  if (!query || now() - query.at > settings.callback_expire_after_ms)
    throw refusals.badRequest(
      'query is too old and response timeout expired or query ID is invalid',
    );
  const url = params.text('url');
  query.answer = {
    text: params.text('text') ?? '',
    show_alert: params.flag('show_alert'),
    ...(url !== undefined && { url }),
  };
  return { result: true };
};
