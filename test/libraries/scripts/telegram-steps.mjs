import { CHAT, GROUP, SANDBOX, step } from './link.mjs';

const PHOTO = `${SANDBOX}/samples/menu.png`;

/**
 * Every method that bots use, and the refusals that they meet. `call` calls a method of the library
 * with the Bot API's own parameters, `file` makes an upload of it.
 */
export async function telegramSteps(call, file) {
  const send = (method, more, refused) =>
    step(
      refused ? `${method} refused: ${refused.source}` : method,
      () => call(method, given({ chat_id: CHAT, ...more })),
      refused,
    );
  const expect = (holds, what) => {
    if (!holds) throw new Error(`expected ${what}`);
  };
  const text = await send('sendMessage', { text: ' plain  ' });
  const message_id = text?.message_id;
  await step('text is trimmed', () => expect(text?.text === 'plain', 'plain'));
  const formatted = {
    HTML: '<b>b</b> <span class="tg-spoiler">s</span> &#33;',
    MarkdownV2: '*b* _i_ ||s|| `c` \\!',
    Markdown: '*b* _i_ `c`',
  };
  for (const [parse_mode, words] of Object.entries(formatted))
    await step(`formatted by ${parse_mode}`, async () => {
      const sent = await call('sendMessage', { chat_id: CHAT, text: words, parse_mode });
      expect(sent.entities?.[0]?.type === 'bold', 'entities');
    });
  await step('formatted by entities', async () => {
    const entities = [{ type: 'bold', offset: 0, length: 2 }];
    const sent = await call('sendMessage', { chat_id: CHAT, text: 'hi', entities });
    expect(sent.entities?.length === 1, 'entities');
  });
  const photo = await send('sendPhoto', {
    photo: file('photo bytes', 'my photo (1).png'),
    caption: 'c',
  });
  await send('sendPhoto', { photo: PHOTO });
  await send('sendPhoto', { photo: photo?.photo?.at(-1)?.file_id });
  await step('file names as they are', async () => {
    for (const name of ['my report.txt', 'price (1).pdf', 'été 価格.txt']) {
      const sent = await call('sendDocument', { chat_id: CHAT, document: file('x', name) });
      expect(sent.document?.file_name === name, `${name}, not ${sent.document?.file_name}`);
    }
  });
  await step('what is said of a video', async () => {
    const details = { duration: 61, width: 1920, height: 1080 };
    const { video } = await call('sendVideo', {
      chat_id: CHAT,
      video: file('v', 'a.mp4'),
      ...details,
    });
    expect(video.duration === 61 && video.width === 1920, JSON.stringify(details));
  });
  await send('sendAudio', { audio: file('a', 'a.mp3'), title: 'Song', performer: 'Band' });
  await send('sendVoice', { voice: file('v', 'a.ogg') });
  await send('sendAnimation', { animation: file('a', 'a.gif') });
  await send('sendSticker', { sticker: file('s', 'a.webp') });
  await send('sendVideoNote', { video_note: file('v', 'a.mp4') });
  const media = [1, 2].map(() => ({ type: 'photo', media: PHOTO }));
  await send('sendMediaGroup', { media });
  await send('sendLocation', { latitude: 52.5, longitude: 13.4 });
  await send('sendVenue', { latitude: 52.5, longitude: 13.4, title: 'Café', address: 'Main St 1' });
  await send('sendContact', { phone_number: '+49170', first_name: 'Bob' });
  await send('sendDice', {});
  const poll = await send('sendPoll', {
    question: 'Which?',
    options: [{ text: 'red' }, { text: 'blue' }],
  });
  await send('stopPoll', { message_id: poll?.message_id });
  await send('sendInvoice', {
    title: 'Cup',
    description: 'Red',
    payload: 'p',
    currency: 'EUR',
    prices: [{ label: 'a', amount: 100 }],
  });
  await send('sendPaidMedia', { star_count: 5, media: [{ type: 'photo', media: PHOTO }] });
  await send('sendChatAction', { action: 'typing' });
  await send('setMessageReaction', { message_id, reaction: [{ type: 'emoji', emoji: '👍' }] });
  await step('quotation', async () => {
    const sent = await call('sendMessage', {
      chat_id: CHAT,
      text: 'x',
      reply_parameters: { message_id, quote: 'lain' },
    });
    expect(sent.quote?.text === 'lain', 'the quotation');
  });
  const keyboard = { inline_keyboard: [[{ text: 'Yes', callback_data: 'y' }]] };
  await send('editMessageText', { message_id, text: 'changed', reply_markup: keyboard });
  await send('editMessageReplyMarkup', { message_id });
  await send('editMessageCaption', { message_id: photo?.message_id, caption: 'other' });
  await send('editMessageMedia', {
    message_id: photo?.message_id,
    media: { type: 'photo', media: PHOTO },
  });
  await send('forwardMessage', { from_chat_id: CHAT, message_id });
  await send('forwardMessages', { from_chat_id: CHAT, message_ids: [message_id] });
  await send('copyMessage', { from_chat_id: CHAT, message_id });
  await send('copyMessages', { from_chat_id: CHAT, message_ids: [message_id] });
  await send('pinChatMessage', { message_id });
  await send('getChat', {});
  await send('getChat', { chat_id: GROUP });
  await send('getChatMember', { chat_id: GROUP, user_id: CHAT });
  await send('getChatAdministrators', { chat_id: GROUP });
  await send('getChatMemberCount', { chat_id: GROUP });
  await send('unpinChatMessage', {});
  await send('deleteMessages', { message_ids: [message_id] });
  await send('getUserProfilePhotos', { user_id: CHAT });
  await send('getFile', { file_id: photo?.photo?.at(-1)?.file_id });
  await profileSteps(send, step, call, expect);
  await refusalSteps(send, photo?.message_id, keyboard);
}

/** Without what is not given; methods without parameters take none at all. */
function given(payload) {
  const entries = Object.entries(payload).filter(([, value]) => value !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

async function profileSteps(send, run, call, expect) {
  const commands = [{ command: 'help', description: 'What I can do' }];
  await send('setMyCommands', { chat_id: undefined, commands });
  await run('commands are kept', async () =>
    expect((await call('getMyCommands', {}))[0]?.command === 'help', 'the command'),
  );
  await send('deleteMyCommands', { chat_id: undefined });
  for (const [name, value] of [
    ['Name', 'name'],
    ['Description', 'description'],
    ['ShortDescription', 'short_description'],
  ]) {
    await send(`setMy${name}`, { chat_id: undefined, [value]: 'Cups' });
    await run(`getMy${name}`, async () =>
      expect((await call(`getMy${name}`, {}))[value] === 'Cups', 'what was set'),
    );
  }
  await send('setChatMenuButton', { menu_button: { type: 'commands' } });
  await send('getChatMenuButton', {});
  await send('getMyDefaultAdministratorRights', { chat_id: undefined });
  await send('getMe', { chat_id: undefined });
  await send('getWebhookInfo', { chat_id: undefined });
}

async function refusalSteps(send, message_id, keyboard) {
  await send('sendMessage', { chat_id: 99, text: 'x' }, /chat not found/);
  await send('sendMessage', { text: 'x'.repeat(4097) }, /message is too long/);
  await send(
    'sendMessage',
    { text: 'a.b', parse_mode: 'MarkdownV2' },
    /Character '\.' is reserved/,
  );
  await send('sendMessage', { text: '<b>x', parse_mode: 'HTML' }, /Can't find end tag/);
  await send(
    'sendMessage',
    { text: 'x', reply_parameters: { message_id, quote: 'nothing' } },
    /QUOTE_TEXT_INVALID/,
  );
  const long = { inline_keyboard: [[{ text: 'x', callback_data: 'x'.repeat(65) }]] };
  await send('sendMessage', { text: 'x', reply_markup: long }, /BUTTON_DATA_INVALID/);
  await send('sendChatAction', { action: 'dancing' }, /wrong parameter action/);
  await send('editMessageReplyMarkup', { message_id, reply_markup: keyboard });
  await send(
    'editMessageReplyMarkup',
    { message_id, reply_markup: keyboard },
    /message is not modified/,
  );
  await send('createForumTopic', { name: 'x' }, /not available in this sandbox/);
}
