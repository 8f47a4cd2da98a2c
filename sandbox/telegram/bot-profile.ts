import { refusals } from './errors.ts';
import { type Json, isObject } from './json.ts';
import type { Method } from './method.ts';
import type { Parameters } from './parameters.ts';
import { rightsJson } from './rights.ts';
import type { Bot, BotProfile } from './state.ts';

/** What the bot says about itself; empty until it does. */
export function profileOf(bot: Bot): BotProfile {
  bot.profile ??= { texts: {}, menuButtons: {}, commands: {}, rights: {} };
  return bot.profile;
}

type TextName = 'name' | 'description' | 'short_description';
const MAX_LENGTH: Record<TextName, number> = { name: 64, description: 512, short_description: 120 };

/** `setMyName` and the like: a text for a language, or for all that have none of their own. */
function setText(name: TextName): Method {
  return (_deps, { bot, params }) => {
    const text = params.text(name)?.trim() ?? '';
    if (text.length > MAX_LENGTH[name])
      throw refusals.badRequest(
        `bot ${name.replace('_', ' ')} length must not exceed ${MAX_LENGTH[name]}`,
      );
    const language = readLanguage(params);
    const { texts } = profileOf(bot);
    texts[name] = { ...texts[name], [language]: text };
    if (name === 'name' && language === '' && text !== '') bot.firstName = text;
    return { result: true };
  };
}

function getText(name: TextName): Method {
  return (_deps, { bot, params }) => {
    const texts = profileOf(bot).texts[name] ?? {};
    const own = name === 'name' ? bot.firstName : '';
    return { result: { [name]: texts[readLanguage(params)] || texts[''] || own } };
  };
}

/** https://core.telegram.org/bots/api#setmyname */
export const setMyName = setText('name');
export const getMyName = getText('name');
/** https://core.telegram.org/bots/api#setmydescription */
export const setMyDescription = setText('description');
export const getMyDescription = getText('description');
/** https://core.telegram.org/bots/api#setmyshortdescription */
export const setMyShortDescription = setText('short_description');
export const getMyShortDescription = getText('short_description');

/** A language as ISO 639-1 names it; empty for all. Throws 400. */
export function readLanguage(params: Parameters): string {
  const language = params.text('language_code') ?? '';
  if (language === '' || /^[a-z]{2}$/.test(language)) return language;
  throw refusals.badRequest('invalid language code specified');
}

/** https://core.telegram.org/bots/api#setchatmenubutton */
export const setChatMenuButton: Method = (_deps, { bot, params }) => {
  const button = params.object('menu_button') ?? { type: 'default' };
  const { type, text, web_app: app } = button;
  if (!['default', 'commands', 'web_app'].includes(String(type)))
    throw refusals.badRequest("can't parse menu button: MenuButton has unsupported type");
  if (type === 'web_app' && (typeof text !== 'string' || !isObject(app)))
    throw refusals.badRequest('can\'t parse menu button: Can\'t find field "web_app"');
  profileOf(bot).menuButtons[params.text('chat_id') ?? ''] = button;
  return { result: true };
};

/** https://core.telegram.org/bots/api#getchatmenubutton */
export const getChatMenuButton: Method = (_deps, { bot, params }) => {
  const { menuButtons } = profileOf(bot);
  const own: Json | undefined = menuButtons[params.text('chat_id') ?? ''];
  return { result: own ?? menuButtons[''] ?? { type: 'default' } };
};

/** https://core.telegram.org/bots/api#setmydefaultadministratorrights */
export const setMyDefaultAdministratorRights: Method = (_deps, { bot, params }) => {
  const place = params.flag('for_channels') ? 'channel' : 'supergroup';
  const given = params.object('rights') ?? {};
  const known = Object.keys(rightsJson(place, false));
  profileOf(bot).rights[place] = Object.fromEntries(
    known.map((name) => [name, given[name] === true]),
  );
  return { result: true };
};

/** https://core.telegram.org/bots/api#getmydefaultadministratorrights */
export const getMyDefaultAdministratorRights: Method = (_deps, { bot, params }) => {
  const place = params.flag('for_channels') ? 'channel' : 'supergroup';
  return { result: profileOf(bot).rights[place] ?? rightsJson(place, false) };
};
