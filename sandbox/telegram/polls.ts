import { randomInt } from 'node:crypto';
import { findMessage } from './chats.ts';
import { refusals } from './errors.ts';
import { type Json, isObject, seconds } from './json.ts';
import type { Method, MethodDeps } from './method.ts';
import { type Parameters, createParameters } from './parameters.ts';
import { reachableChat } from './reachable.ts';
import { readMarkup } from './reply-markup.ts';
import { send } from './send.ts';
import { readFormatted } from './text.ts';

const MAX_QUESTION = 300;
const MAX_OPTION = 100;
const MAX_OPTIONS = 12;

/** https://core.telegram.org/bots/api#sendpoll. Nobody votes in it but through raw updates. */
export const sendPoll: Method = (deps, call) => {
  const poll = readPoll(deps, call.params);
  return { result: send(deps, call, reachableChat(deps.state, call.bot, call.params), { poll }) };
};

/** https://core.telegram.org/bots/api#stoppoll: answers with the poll, not with its message. */
export const stopPoll: Method = ({ state }, { bot, params }) => {
  const chat = reachableChat(state, bot, params);
  const message = findMessage(chat, params.integer('message_id') ?? 0);
  if (!message) throw refusals.badRequest('message with poll to stop not found');
  const { poll } = message.content;
  if (message.from !== 'business' || !isObject(poll))
    throw refusals.badRequest("poll can't be stopped");
  if (poll['is_closed'] === true) throw refusals.badRequest('poll has already been closed');
  const { reply_markup: _keyboard, ...content } = message.content;
  const closed = { ...poll, is_closed: true };
  message.content = { ...content, ...readMarkup(params), poll: closed };
  return { result: closed };
};

function readPoll(deps: MethodDeps, params: Parameters): Json {
  const question = readPart(deps, params, { text: 'question', limit: MAX_QUESTION });
  if (question.text === '') throw refusals.badRequest('poll question must be non-empty');
  const options = (params.list('options') ?? []).map((option, index) =>
    readOption(deps, option, index),
  );
  if (options.length === 0) throw refusals.badRequest('poll must have at least one answer option');
  if (options.length > MAX_OPTIONS)
    throw refusals.badRequest(`poll can't have more than ${MAX_OPTIONS} options`);
  const open = params.integer('open_period');
  const closing = params.integer('close_date') ?? (open && seconds(deps.now()) + open);
  return {
    id: String(randomInt(2 ** 47)).padStart(19, '5'),
    question: question.text,
    ...(question.entities.length > 0 && { question_entities: question.entities }),
    options,
    total_voter_count: 0,
    ...(open && { open_period: open }),
    ...(closing && { close_date: closing }),
    is_closed: params.flag('is_closed'),
    is_anonymous: params.has('is_anonymous') ? params.flag('is_anonymous') : true,
    allows_multiple_answers: params.flag('allows_multiple_answers'),
    allows_revoting: params.has('allows_revoting') ? params.flag('allows_revoting') : true,
    members_only: params.flag('members_only'),
    ...readKind(deps, params, options.length),
  };
}

function readKind(deps: MethodDeps, params: Parameters, options: number): Json {
  if (params.text('type') !== 'quiz') return { type: 'regular' };
  const single = params.integer('correct_option_id');
  const correct = params.list('correct_option_ids')?.map(Number) ?? [single ?? -1];
  if (correct.some((id) => !Number.isInteger(id) || id < 0 || id >= options))
    throw refusals.badRequest('wrong correct option ID specified');
  const explanation = readPart(deps, params, { text: 'explanation', limit: 200 });
  return {
    type: 'quiz',
    ...(correct.length === 1 && { correct_option_id: correct[0] }),
    correct_option_ids: correct,
    ...(explanation.text !== '' && {
      explanation: explanation.text,
      explanation_entities: explanation.entities,
    }),
  };
}

/** An `InputPollOption`, or the text alone that older clients send. */
function readOption(deps: MethodDeps, option: unknown, index: number): Json {
  const given = createParameters(isObject(option) ? option : { text: option });
  const { text, entities } = readPart(deps, given, { text: 'text', limit: MAX_OPTION });
  if (text === '') throw refusals.badRequest('poll option text must be non-empty');
  return {
    ...{ persistent_id: String(index), text },
    ...(entities.length > 0 && { text_entities: entities }),
    voter_count: 0,
  };
}

function readPart(
  { state }: MethodDeps,
  params: Parameters,
  part: { text: string; limit: number },
) {
  const names = { mode: `${part.text}_parse_mode`, entities: `${part.text}_entities` };
  const read = readFormatted(state, params, { text: part.text, ...names });
  if (read.text.length > part.limit)
    throw refusals.badRequest(`poll ${part.text} length must not exceed ${part.limit}`);
  return read;
}
