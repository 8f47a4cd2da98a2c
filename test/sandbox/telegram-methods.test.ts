import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { request } from './http.ts';
import {
  BOT,
  type Fixture,
  type Json,
  TOKEN,
  type TelegramAnswer,
  refusal,
  startFixture,
} from './telegram-fixture.ts';

const ANN = '5001';
const GROUP = '-4001';
const PHOTO = 'https://example.com/a.png';

let fixture: Fixture;
let hello: number;
beforeEach(async () => {
  fixture = await startFixture();
  [hello = 0] = await fixture.write(ANN, { text: 'hello there', name: 'Ann Lee' });
});
afterEach(() => fixture.close());

const call = (method: string, body: object = {}) => fixture.bot(method, { chat_id: ANN, ...body });
const result = async (method: string, body: object = {}) => {
  const answer = await call(method, body);
  if (answer.status !== 200) throw new Error(`${method}: ${refusal(answer)}`);
  return answer.body.result as unknown;
};
const message = async (method: string, body: object = {}) =>
  (await result(method, body)) as Json & { message_id: number };
const refuses = async (method: string, body: object = {}) =>
  refusal(await call(method, body)).replace('400 Bad Request: ', '');

describe('what a bot sends beside words and files', () => {
  it.each([
    [
      'sendLocation',
      { latitude: 52.5, longitude: '13.4', live_period: 900 },
      { location: { latitude: 52.5, longitude: 13.4, live_period: 900 } },
    ],
    [
      'sendVenue',
      { latitude: 1, longitude: 2, title: 'Café', address: 'Main St 1' },
      {
        location: { latitude: 1, longitude: 2 },
        venue: { title: 'Café', address: 'Main St 1', location: { latitude: 1, longitude: 2 } },
      },
    ],
    [
      'sendContact',
      { phone_number: '+49170', first_name: 'Bob', last_name: 'B' },
      { contact: { phone_number: '+49170', first_name: 'Bob', last_name: 'B' } },
    ],
    ['sendDice', { emoji: '⚽️' }, { dice: { emoji: '⚽', value: expect.any(Number) } }],
    [
      'sendSticker',
      { sticker: 'https://example.com/a.webp', emoji: '🙂' },
      {
        sticker: {
          type: 'regular',
          width: 512,
          height: 512,
          is_animated: false,
          is_video: false,
          emoji: '🙂',
        },
      },
    ],
    [
      'sendInvoice',
      {
        title: 'Cup',
        description: 'Red',
        payload: 'p',
        currency: 'EUR',
        prices: [
          { label: 'a', amount: 100 },
          { label: 'b', amount: 45 },
        ],
      },
      {
        invoice: {
          title: 'Cup',
          description: 'Red',
          start_parameter: '',
          currency: 'EUR',
          total_amount: 145,
        },
      },
    ],
    [
      'sendPaidMedia',
      { star_count: 5, media: [{ type: 'photo', media: PHOTO }], caption: 'c' },
      {
        caption: 'c',
        paid_media: { star_count: 5, paid_media: [{ type: 'photo', photo: expect.any(Array) }] },
      },
    ],
    [
      'sendPoll',
      { question: 'Which?', options: ['red', { text: 'blue' }] },
      {
        poll: {
          question: 'Which?',
          is_anonymous: true,
          is_closed: false,
          type: 'regular',
          total_voter_count: 0,
          allows_multiple_answers: false,
          options: [
            { text: 'red', voter_count: 0 },
            { text: 'blue', voter_count: 0 },
          ],
        },
      },
    ],
  ])('%s', async (method, body, expected) => {
    expect(await message(method, body)).toMatchObject(expected);
  });

  it.each([
    ['sendLocation', {}, 'latitude is empty'],
    ['sendLocation', { latitude: 91, longitude: 0 }, 'wrong location specified'],
    ['sendVenue', { latitude: 1, longitude: 2, title: 'x' }, 'parameter "address" is required'],
    ['sendContact', { phone_number: '1' }, 'parameter "first_name" is required'],
    ['sendDice', { emoji: '🧀' }, 'wrong dice emoji specified'],
    ['sendSticker', {}, 'there is no sticker in the request'],
    [
      'sendVideoNote',
      { video_note: 'https://example.com/a.mp4' },
      "can't use file of type VideoNote by URL",
    ],
    ['sendPoll', { question: '', options: ['a'] }, 'poll question must be non-empty'],
    ['sendPoll', { question: 'x', options: [] }, 'poll must have at least one answer option'],
    [
      'sendPoll',
      { question: 'x', options: ['a'], type: 'quiz', correct_option_id: 1 },
      'wrong correct option ID specified',
    ],
    [
      'sendInvoice',
      { title: 'x', description: 'x', payload: 'p', currency: 'EUR' },
      'invoice must have at least 1 price',
    ],
    ['sendPaidMedia', { star_count: 0, media: [] }, 'STARS_AMOUNT_INVALID'],
  ])('%s refuses %j', async (method, body, why) => {
    expect(await refuses(method, body)).toBe(why);
  });

  it('stops a poll once', async () => {
    const { message_id } = await message('sendPoll', { question: 'x', options: ['a', 'b'] });
    expect(await result('stopPoll', { message_id })).toMatchObject({ is_closed: true });
    expect(await refuses('stopPoll', { message_id })).toBe('poll has already been closed');
    expect(await refuses('stopPoll', { message_id: hello })).toBe("poll can't be stopped");
  });

  it('shows what the bot says about its files', async () => {
    const details = { duration: 61, width: 1920, height: 1080 };
    const video = await message('sendVideo', {
      ...{ video: 'https://example.com/a.mp4', ...details, has_spoiler: true, caption: 'c' },
      ...{ show_caption_above_media: true, message_effect_id: '5104', protect_content: true },
    });
    expect(video).toMatchObject({
      ...{ video: details, has_media_spoiler: true, show_caption_above_media: true },
      ...{ effect_id: '5104', has_protected_content: true },
    });
    const words = { title: 'Song', performer: 'Band', duration: 200 };
    const audio = await message('sendAudio', { audio: 'https://example.com/a.mp3', ...words });
    expect(audio).toMatchObject({ audio: words });
    const voice = await message('sendVoice', { voice: 'https://example.com/a.ogg', duration: 9 });
    expect(voice).toMatchObject({ voice: { duration: 9 } });
    expect(voice['voice']).not.toHaveProperty('file_name');
    const media = [1, 2].map((width) => ({ type: 'video', media: 'https://e.com/a.mp4', width }));
    const album = (await result('sendMediaGroup', { media })) as Json[];
    expect(album).toMatchObject([{ video: { width: 1 } }, { video: { width: 2 } }]);
    const preview = { is_disabled: true };
    expect(
      await message('sendMessage', { text: 'x', link_preview_options: preview }),
    ).toMatchObject({ link_preview_options: preview });
  });
});

describe('formatting, quotations and keyboards', () => {
  it('keeps the entities of texts and captions, also in an edit', async () => {
    const entities = [{ type: 'bold', offset: 0, length: 2 }];
    const text = await message('sendMessage', {
      text: ' hi  ',
      entities: [{ ...entities[0], offset: 1 }],
    });
    expect(text).toMatchObject({ text: 'hi', entities });
    const photo = await message('sendPhoto', {
      photo: PHOTO,
      caption: 'hi',
      caption_entities: entities,
    });
    expect(photo).toMatchObject({ caption: 'hi', caption_entities: entities });
    const { message_id } = text;
    const edited = { message_id, text: '_hi_', parse_mode: 'MarkdownV2' };
    expect(await message('editMessageText', edited)).toMatchObject({
      entities: [{ type: 'italic', offset: 0, length: 2 }],
    });
    expect(await refuses('editMessageText', { ...edited, text: 'a.b' })).toBe(
      "can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'",
    );
  });

  it('mentions people whom it knows, and nobody else', async () => {
    const mention = (id: number) => ({ text: `[x](tg://user?id=${id})`, parse_mode: 'Markdown' });
    expect(await message('sendMessage', mention(5001))).toMatchObject({
      entities: [{ type: 'text_mention', user: { id: 5001, is_bot: false, first_name: 'Ann' } }],
    });
    expect(await message('sendMessage', mention(77))).not.toHaveProperty('entities');
  });

  it('quotes words of the message that it answers', async () => {
    const quoting = (quote: string) => ({
      text: 'yes',
      reply_parameters: { message_id: hello, quote, quote_parse_mode: 'HTML' },
    });
    expect(await message('sendMessage', quoting('<b>there</b>'))).toMatchObject({
      reply_to_message: { message_id: hello },
      quote: {
        ...{ text: 'there', position: 6, is_manual: true },
        entities: [{ type: 'bold', offset: 0, length: 5 }],
      },
    });
    expect(await refuses('sendMessage', quoting('here?'))).toBe('QUOTE_TEXT_INVALID');
  });

  it('refuses buttons and actions that there are not', async () => {
    const keyboard = (button: object) =>
      refuses('sendMessage', { text: 'x', reply_markup: { inline_keyboard: [[button]] } });
    const data = (bytes: number) => ({ text: 'b', callback_data: 'é'.repeat(bytes / 2) });
    expect(await keyboard(data(66))).toBe('BUTTON_DATA_INVALID');
    expect(
      (await call('sendMessage', { text: 'x', reply_markup: { inline_keyboard: [[data(64)]] } }))
        .status,
    ).toBe(200);
    expect(await keyboard({ text: 'b' })).toMatch(/Text buttons are unallowed/);
    expect(await keyboard({ callback_data: 'b' })).toMatch(/Can't find field "text"/);
    expect(await refuses('sendChatAction', { action: 'dancing' })).toBe(
      'wrong parameter action in request',
    );
    expect(await result('sendChatAction', { action: 'typing' })).toBe(true);
  });
});

describe('what a bot does with messages that are there', () => {
  const button = { inline_keyboard: [[{ text: 'Yes', callback_data: 'y' }]] };

  it('changes keyboards, files and live places', async () => {
    const { message_id } = await message('sendMessage', { text: 'x', reply_markup: button });
    const keyboard = (reply_markup?: object) =>
      message('editMessageReplyMarkup', { message_id, reply_markup });
    expect(await keyboard()).not.toHaveProperty('reply_markup');
    expect(await keyboard(button)).toMatchObject({ text: 'x', reply_markup: button });
    expect(await refuses('editMessageReplyMarkup', { message_id, reply_markup: button })).toMatch(
      /^message is not modified/,
    );
    const media = { type: 'photo', media: PHOTO, caption: '<b>c</b>', parse_mode: 'HTML' };
    const edited = await message('editMessageMedia', { message_id, media });
    expect(edited).toMatchObject({ photo: expect.any(Array), caption: 'c' });
    expect(edited).not.toHaveProperty('text');
    const live = await message('sendLocation', { latitude: 1, longitude: 2, live_period: 900 });
    const moved = { message_id: live.message_id, latitude: 3, longitude: 4 };
    expect(await message('editMessageLiveLocation', moved)).toMatchObject({
      location: { latitude: 3, live_period: 900 },
    });
    await result('stopMessageLiveLocation', moved);
    expect(await refuses('editMessageLiveLocation', moved)).toBe("message can't be edited");
  });

  it('forwards with a word about the origin, and copies without', async () => {
    await fixture.write('5002', { text: 'hello' });
    const from = { chat_id: 5002, from_chat_id: ANN };
    const forward = await message('forwardMessage', { ...from, message_id: hello });
    expect(forward).toMatchObject({
      ...{ text: 'hello there', chat: { id: 5002 } },
      forward_origin: { type: 'user', sender_user: { id: 5001 }, date: expect.any(Number) },
    });
    const { message_id } = await message('sendPhoto', { photo: PHOTO, caption: 'old' });
    const copy = await result('copyMessage', { ...from, message_id, caption: 'new' });
    expect(copy).toEqual({ message_id: forward.message_id + 1 });
    const ids = { ...from, message_ids: [1, hello, message_id] };
    expect(await result('forwardMessages', ids)).toHaveLength(2);
    expect(await result('copyMessages', { ...ids, remove_caption: true })).toHaveLength(2);
    const { body } = await fixture.control('GET', '/customers/5002');
    const [chat] = body['data'] as { messages: { content: Json }[] }[];
    const contents = chat?.messages.map(({ content }) => content) ?? [];
    expect(contents[2]).toMatchObject({ caption: 'new' });
    expect(contents[2]).not.toHaveProperty('forward_origin');
    expect(contents.at(-1)).not.toHaveProperty('caption');
    expect(await refuses('forwardMessage', { ...from, message_id: 1 })).toBe(
      'message to forward not found',
    );
    expect(await refuses('copyMessage', { ...from, message_id: 1 })).toBe(
      'message to copy not found',
    );
    const secret = await message('sendMessage', { text: 'x', protect_content: true });
    expect(await refuses('copyMessage', { ...from, message_id: secret.message_id })).toBe(
      "message can't be copied",
    );
  });

  it('deletes several at once, and passes over those that are gone', async () => {
    const { message_id } = await message('sendMessage', { text: 'x' });
    const body = { message_ids: [message_id, 1, hello] };
    expect(await result('deleteMessages', body)).toBe(true);
    expect(await refuses('deleteMessage', { message_id })).toBe('message to delete not found');
    expect(await refuses('deleteMessages', { message_ids: [] })).toBe(
      'message identifiers are not specified',
    );
  });

  it('pins and unpins', async () => {
    const pinned = async () => ((await result('getChat')) as Json)['pinned_message'];
    await result('pinChatMessage', { message_id: hello });
    expect(await pinned()).toMatchObject({ message_id: hello });
    await result('unpinChatMessage');
    expect(await pinned()).toBeUndefined();
    expect(await refuses('unpinChatMessage')).toBe('message to unpin not found');
    await fixture.act(GROUP, 'join');
    expect(await refuses('unpinAllChatMessages', { chat_id: GROUP })).toBe(
      'not enough rights to manage pinned messages in the chat',
    );
  });
});

describe('what a bot asks and says about chats and itself', () => {
  it('answers with every member that a full chat must have', async () => {
    expect(await result('getChat')).toMatchObject({
      ...{ accent_color_id: expect.any(Number), max_reaction_count: 11 },
      accepted_gift_types: {
        ...{ unlimited_gifts: true, limited_gifts: true, unique_gifts: true },
        ...{ premium_subscription: true, gifts_from_channels: true },
      },
    });
    await fixture.act(GROUP, 'join');
    expect(await result('getChat', { chat_id: GROUP })).toMatchObject({
      ...{ accepted_gift_types: { unique_gifts: false }, permissions: { can_send_polls: true } },
    });
  });

  it('knows the members of a chat', async () => {
    await fixture.act(GROUP, 'join', { from: ANN });
    await fixture.write(GROUP, { text: '/start', from: '5002' });
    const status = async (user_id: string, chat_id = GROUP) =>
      ((await result('getChatMember', { chat_id, user_id })) as Json)['status'];
    expect([await status(ANN), await status('5002'), await status(BOT)]).toEqual([
      ...['creator', 'member', 'member'],
    ]);
    expect(await status(ANN, ANN)).toBe('member');
    expect(await refuses('getChatMember', { user_id: 9 })).toBe('user not found');
    expect(await result('getChatMemberCount', { chat_id: GROUP })).toBe(3);
    await fixture.act(GROUP, 'promote', { from: ANN });
    expect(await result('getChatAdministrators', { chat_id: GROUP })).toMatchObject([
      { status: 'creator', user: { id: 5001 }, is_anonymous: false },
      {
        ...{ status: 'administrator', user: { id: Number(BOT) }, can_be_edited: false },
        ...{ can_manage_video_chats: true, can_post_stories: true, can_edit_stories: true },
        ...{
          can_delete_stories: true,
          can_pin_messages: true,
          can_send_welcome_messages: true,
          is_anonymous: false,
        },
      },
    ]);
    expect(await refuses('getChatAdministrators')).toMatch(/no administrators in the private/);
    expect(await result('leaveChat', { chat_id: GROUP })).toBe(true);
    expect((await call('getChatMemberCount', { chat_id: GROUP })).status).toBe(403);
  });

  it('keeps commands for each scope and language', async () => {
    const commands = [{ command: 'help', description: 'What I can do' }];
    const scope = { type: 'chat', chat_id: ANN };
    await result('setMyCommands', { commands });
    await result('setMyCommands', { commands: [{ command: '/vip', description: 'x' }], scope });
    expect(await result('getMyCommands')).toEqual(commands);
    expect(await result('getMyCommands', { scope })).toMatchObject([{ command: 'vip' }]);
    expect(await result('getMyCommands', { language_code: 'de' })).toEqual([]);
    await result('deleteMyCommands');
    expect(await result('getMyCommands')).toEqual([]);
    const set = (command: string, description = 'x', more: object = {}) =>
      refuses('setMyCommands', { commands: [{ command, description }], ...more });
    expect(await set('Help')).toBe('BOT_COMMAND_INVALID');
    expect(await set('help', '')).toBe('command description must be non-empty');
    expect(await set('x'.repeat(33))).toBe('command length must not exceed 32');
    expect(await set('help', 'x', { scope: { type: 'moon' } })).toMatch(/Unsupported type/);
  });

  it('keeps names, descriptions, the menu button and rights', async () => {
    await result('setMyName', { name: 'Cups' });
    await result('setMyName', { name: 'Tassen', language_code: 'de' });
    expect(await result('getMyName')).toEqual({ name: 'Cups' });
    expect(await result('getMyName', { language_code: 'de' })).toEqual({ name: 'Tassen' });
    expect(await result('getMe')).toMatchObject({ first_name: 'Cups' });
    await result('setMyDescription', { description: 'We sell cups' });
    expect(await result('getMyDescription')).toEqual({ description: 'We sell cups' });
    expect(await result('getMyShortDescription')).toEqual({ short_description: '' });
    await result('setChatMenuButton', { menu_button: { type: 'commands' } });
    expect(await result('getChatMenuButton')).toEqual({ type: 'commands' });
    expect(await refuses('setChatMenuButton', { menu_button: { type: 'x' } })).toMatch(/type/);
    expect(await result('getMyDefaultAdministratorRights')).toMatchObject({
      ...{ is_anonymous: false, can_manage_chat: false, can_manage_topics: false },
    });
    expect([await result('logOut'), await result('close')]).toEqual([true, true]);
    expect(await result('answerInlineQuery', { inline_query_id: '7', results: [] })).toBe(true);
    expect(await refuses('answerInlineQuery', { results: [] })).toMatch(/query is too old/);
  });

  it('says which methods only the sandbox does not have', async () => {
    expect(refusal(await call('doMagic'))).toBe('404 Not Found: method not found');
    expect(refusal(await call('createForumTopic'))).toBe(
      '400 Bad Request: the method createForumTopic is not available in this sandbox',
    );
  });

  it('takes uploads with any file name', async () => {
    const body = [
      `--x\r\nContent-Disposition: form-data; name=chat_id\r\n\r\n${ANN}\r\n`,
      '--x\r\nContent-Disposition: form-data; name=document; filename=prix été (1).pdf\r\n',
      'Content-Type: application/pdf\r\n\r\n%PDF\r\n--x--\r\n',
    ].join('');
    const url = `${fixture.sandbox.url}/telegram/bot${TOKEN}/sendDocument`;
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body,
    });
    expect(((await answer.json()) as TelegramAnswer).result['document']).toMatchObject({
      ...{ file_name: 'prix été (1).pdf', mime_type: 'application/pdf', file_size: 4 },
    });
  });

  it('keeps its commands when what happened is forgotten', async () => {
    const commands = [{ command: 'help', description: 'x' }];
    await result('setMyCommands', { commands });
    await request('POST', `${fixture.sandbox.url}/control/reset`, {});
    expect(await result('getMyCommands')).toEqual(commands);
  });
});
