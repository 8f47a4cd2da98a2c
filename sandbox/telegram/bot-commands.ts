import { refusals } from './errors.ts';
import { type Json, isObject } from './json.ts';
import type { Method, MethodCall, MethodDeps } from './method.ts';
import { createParameters } from './parameters.ts';
import { findChat } from './reachable.ts';
import { profileOf, readLanguage } from './bot-profile.ts';

const MAX_COMMANDS = 100;
const MAX_NAME = 32;
const MAX_DESCRIPTION = 256;

/** https://core.telegram.org/bots/api#setmycommands: a list for a scope and a language. */
export const setMyCommands: Method = (deps, call) => {
  const given = call.params.list('commands') ?? [];
  if (given.length > MAX_COMMANDS) throw refusals.badRequest('BOT_COMMANDS_TOO_MUCH');
  const commands = given.map(readCommand);
  profileOf(call.bot).commands[keyOf(deps, call)] = commands;
  return { result: true };
};

/** https://core.telegram.org/bots/api#getmycommands: of exactly this scope and language. */
export const getMyCommands: Method = (deps, call) => ({
  result: profileOf(call.bot).commands[keyOf(deps, call)] ?? [],
});

/** https://core.telegram.org/bots/api#deletemycommands */
export const deleteMyCommands: Method = (deps, call) => {
  delete profileOf(call.bot).commands[keyOf(deps, call)];
  return { result: true };
};

function readCommand(given: unknown): Json {
  const cannot = (why: string) => refusals.badRequest(`can't parse BotCommand: ${why}`);
  if (!isObject(given)) throw cannot('expected an Object');
  const { command, description } = given;
  if (typeof command !== 'string') throw cannot('Can\'t find field "command"');
  if (typeof description !== 'string') throw cannot('Can\'t find field "description"');
  const name = command.trim().replace(/^\//, '');
  const words = description.trim();
  if (name === '') throw refusals.badRequest('command must be non-empty');
  if (name.length > MAX_NAME)
    throw refusals.badRequest(`command length must not exceed ${MAX_NAME}`);
  if (words === '') throw refusals.badRequest('command description must be non-empty');
  if (words.length > MAX_DESCRIPTION)
    throw refusals.badRequest(`command description length must not exceed ${MAX_DESCRIPTION}`);
  if (!/^[a-z0-9_]+$/.test(name)) throw refusals.badRequest('BOT_COMMAND_INVALID');
  return { command: name, description: words };
}

const GENERAL = ['default', 'all_private_chats', 'all_group_chats', 'all_chat_administrators'];
const OF_A_CHAT = ['chat', 'chat_administrators', 'chat_member'];

/** What a list of commands is for: https://core.telegram.org/bots/api#botcommandscope */
function keyOf({ state }: MethodDeps, { bot, params }: MethodCall): string {
  const language = readLanguage(params);
  const scope = params.object('scope') ?? { type: 'default' };
  const type = String(scope['type']);
  if (GENERAL.includes(type)) return `${type}/${language}`;
  if (!OF_A_CHAT.includes(type))
    throw refusals.badRequest("can't parse BotCommandScope: Unsupported type specified");
  const chat = findChat(state, bot, createParameters(scope));
  const user = type === 'chat_member' ? `/${Number(scope['user_id'])}` : '';
  if (user === '/NaN')
    throw refusals.badRequest("can't parse BotCommandScope: Invalid user_id specified");
  return `${type}/${chat.id}${user}/${language}`;
}
