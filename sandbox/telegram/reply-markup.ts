import { refusals } from './errors.ts';
import { type Json, isObject } from './json.ts';
import type { Parameters } from './parameters.ts';

const MAX_CALLBACK_DATA = 64;
/** What a button of an inline keyboard does; each has one of them. */
const ACTIONS = [
  ...['url', 'callback_data', 'web_app', 'login_url', 'switch_inline_query', 'callback_game'],
  ...['switch_inline_query_current_chat', 'switch_inline_query_chosen_chat', 'copy_text', 'pay'],
];

/**
 * `reply_markup` of a call, as the message shows it: an inline keyboard, or nothing for keyboards
 * that are the app's. Throws 400 for a button that the platform would not take.
 */
export function readMarkup(params: Parameters): { reply_markup?: Json } {
  const markup = params.object('reply_markup');
  if (!markup || !('inline_keyboard' in markup)) return {};
  const rows = markup['inline_keyboard'];
  if (!Array.isArray(rows))
    throw refusals.badRequest(
      'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array',
    );
  const buttons = rows.flatMap((row): unknown[] => {
    if (Array.isArray(row)) return row;
    throw refusals.badRequest("can't parse inline keyboard button: expected an Array of Array");
  });
  buttons.forEach(checkButton);
  return buttons.length > 0 ? { reply_markup: { ...markup } } : {};
}

function checkButton(button: unknown): void {
  const cannot = (why: string) => refusals.badRequest(`can't parse inline keyboard button: ${why}`);
  if (!isObject(button)) throw cannot('InlineKeyboardButton must be an Object');
  if (typeof button['text'] !== 'string') throw cannot('Can\'t find field "text"');
  const data = button['callback_data'];
  const acts = ACTIONS.some((name) => name in button && button[name] !== '');
  if (!acts) throw cannot('Text buttons are unallowed in the inline keyboard');
  if (data === undefined || data === null) return;
  if (typeof data !== 'string' || Buffer.byteLength(data) > MAX_CALLBACK_DATA)
    throw refusals.badRequest('BUTTON_DATA_INVALID');
}
