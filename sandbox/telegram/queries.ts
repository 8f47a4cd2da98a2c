import { refusals } from './errors.ts';
import type { Method } from './method.ts';
import type { Parameters } from './parameters.ts';

const MAX_RESULTS = 50;
const tooOld = () =>
  refusals.badRequest('query is too old and response timeout expired or query ID is invalid');

/** Queries of these kinds come through raw updates only, so any id is taken for one of them. */
function requireId(params: Parameters, name: string): void {
  if (!/^\d+$/.test(params.text(name) ?? '')) throw tooOld();
}

/** https://core.telegram.org/bots/api#answerinlinequery */
export const answerInlineQuery: Method = (_deps, { params }) => {
  requireId(params, 'inline_query_id');
  const results = params.list('results') ?? [];
  if (results.length > MAX_RESULTS)
    throw refusals.badRequest('too many inline query results specified');
  return { result: true };
};

/** https://core.telegram.org/bots/api#answershippingquery */
export const answerShippingQuery: Method = (_deps, { params }) => {
  requireId(params, 'shipping_query_id');
  return { result: true };
};

/** https://core.telegram.org/bots/api#answerprecheckoutquery */
export const answerPreCheckoutQuery: Method = (_deps, { params }) => {
  requireId(params, 'pre_checkout_query_id');
  return { result: true };
};
