import { randomBytes } from 'node:crypto';
import { refusals } from './errors.ts';
import { type Json, isObject } from './json.ts';
import type { Method } from './method.ts';
import { type Parameters, createParameters } from './parameters.ts';
import { reachableChat } from './reachable.ts';
import { required } from './send-content.ts';
import { readItem } from './send-media.ts';
import { send } from './send.ts';
import { readCaption } from './text.ts';

/** https://core.telegram.org/bots/api#sendinvoice. It can be paid through raw updates only. */
export const sendInvoice: Method = (deps, call) => {
  const invoice = readInvoice(call.params);
  const chat = reachableChat(deps.state, call.bot, call.params);
  return { result: send(deps, call, chat, { invoice }) };
};

/** https://core.telegram.org/bots/api#createinvoicelink */
export const createInvoiceLink: Method = (_deps, { params }) => {
  readInvoice(params);
  return { result: `https://t.me/$${randomBytes(12).toString('base64url')}` };
};

const MAX_STARS = 25_000;

/** https://core.telegram.org/bots/api#sendpaidmedia */
export const sendPaidMedia: Method = async (deps, call) => {
  const { params } = call;
  const stars = params.integer('star_count') ?? 0;
  if (stars < 1 || stars > MAX_STARS) throw refusals.badRequest('STARS_AMOUNT_INVALID');
  const items = params.list('media') ?? [];
  if (items.length < 1 || items.length > 10)
    throw refusals.badRequest('wrong number of paid media: between 1 and 10 are allowed');
  const media: Json[] = [];
  for (const item of items) {
    const given = createParameters(isObject(item) ? item : {});
    const type = given.text('type') ?? '';
    if (type !== 'photo' && type !== 'video')
      throw refusals.badRequest("can't parse InputPaidMedia: type must be specified");
    const content = await readItem(deps, call, given);
    media.push({ type, [type]: content[type] });
  }
  const content = { paid_media: { star_count: stars, paid_media: media } };
  const chat = reachableChat(deps.state, call.bot, params);
  return { result: send(deps, call, chat, { ...content, ...readCaption(deps, params) }) };
};

function readInvoice(params: Parameters): Json {
  const prices = (params.list('prices') ?? []).map((price) => {
    const amount = isObject(price) ? Number(price['amount']) : NaN;
    if (Number.isSafeInteger(amount)) return amount;
    throw refusals.badRequest("can't parse labeled price: amount must be a Number");
  });
  if (prices.length === 0) throw refusals.badRequest('invoice must have at least 1 price');
  const [title, description] = [required(params, 'title'), required(params, 'description')];
  required(params, 'payload');
  const currency = required(params, 'currency');
  if (!/^[A-Z]{3}$/.test(currency)) throw refusals.badRequest('CURRENCY_INVALID');
  return {
    ...{ title, description, start_parameter: params.text('start_parameter') ?? '', currency },
    total_amount: prices.reduce((sum, amount) => sum + amount, 0),
  };
}
