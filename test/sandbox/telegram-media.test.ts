import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
  await fixture.write(ANN, { text: 'hello' });
});
afterEach(() => fixture.close());

const send = (method: string, body: object) => fixture.bot(method, { chat_id: ANN, ...body });

async function upload(method: string, fields: Record<string, string | Blob>) {
  const form = new FormData();
  form.set('chat_id', ANN);
  for (const [name, value] of Object.entries(fields))
    if (typeof value === 'string') form.set(name, value);
    else form.set(name, value, `${name}.bin`);
  const url = `${fixture.sandbox.url}/telegram/bot${TOKEN}/${method}`;
  const answer = await fetch(url, { method: 'POST', body: form });
  const { status, headers } = answer;
  return { status, headers, body: (await answer.json()) as TelegramAnswer };
}

async function download(fileId: unknown): Promise<Buffer | string> {
  const { status, body } = await fixture.bot('getFile', { file_id: fileId });
  if (status !== 200) return refusal({ status, body, headers: new Headers() });
  const url = `${fixture.sandbox.url}/telegram/file/bot${TOKEN}/${String(body.result['file_path'])}`;
  const answer = await fetch(url);
  return answer.ok ? Buffer.from(await answer.arrayBuffer()) : `${answer.status}`;
}

describe('media on the fake Telegram', () => {
  it('sends each kind by link, and again by its file_id', async () => {
    for (const [method, field, extension] of [
      ['sendVideo', 'video', 'mp4'],
      ['sendAudio', 'audio', 'mp3'],
      ['sendVoice', 'voice', 'ogg'],
      ['sendAnimation', 'animation', 'gif'],
      ['sendDocument', 'document', 'pdf'],
    ] as const) {
      const link = `https://example.com/file.${extension}`;
      const first = await send(method, { [field]: link, caption: 'look' });
      const file = first.body.result[field] as Json;
      expect(first.body.result).toMatchObject({ caption: 'look' });
      const again = await send(method, { [field]: file['file_id'] });
      expect(again.body.result[field]).toMatchObject({ file_id: file['file_id'] });
    }
    const photo = await send('sendPhoto', { photo: 'https://example.com/a.png' });
    const sizes = photo.body.result['photo'] as Json[];
    expect(sizes.map(({ width }) => width)).toEqual([90, 320, 1280]);
  });

  it('edits captions of its own files, and of nothing else', async () => {
    const photo = await send('sendPhoto', { photo: 'https://example.com/a.png' });
    const text = await send('sendMessage', { text: 'hello' });
    const edit = (id: number, caption: string) =>
      send('editMessageCaption', { message_id: id, caption });
    const id = photo.body.result.message_id;
    const edited = await edit(id, 'look');
    expect(edited.body.result).toMatchObject({ caption: 'look', edit_date: expect.any(Number) });
    expect(refusal(await edit(id, 'look'))).toMatch(/^400 Bad Request: message is not modified/);
    expect(refusal(await edit(id, 'x'.repeat(1025)))).toBe(
      '400 Bad Request: message caption is too long',
    );
    expect(refusal(await edit(text.body.result.message_id, 'x'))).toBe(
      '400 Bad Request: there is no caption in the message to edit',
    );
  });

  it('takes uploads, and gives back the same bytes', async () => {
    const bytes = Buffer.from('%PDF-1.7 a document');
    const { body } = await upload('sendDocument', { document: new Blob([bytes]) });
    const file = body.result['document'] as Json;
    expect(file).toMatchObject({ file_name: 'document.bin', file_size: bytes.length });
    expect(await download(file['file_id'])).toEqual(bytes);
    const big = new Blob([new Uint8Array(10_000_001)]);
    expect(refusal(await upload('sendPhoto', { photo: big }))).toBe('413 Request Entity Too Large');
  });

  it('refuses links and ids as the platform does', async () => {
    const text = async (body: object, method = 'sendPhoto') => refusal(await send(method, body));
    expect(await text({})).toBe('400 Bad Request: there is no photo in the request');
    expect(await text({ photo: 'https://' })).toBe('400 Bad Request: wrong HTTP URL specified');
    expect(await text({ photo: 'AgACnobody' })).toMatch(/wrong file_id or the file is temporarily/);
    expect(await text({ document: 'https://example.com/a.docx' }, 'sendDocument')).toMatch(
      /wrong type of the web page content/,
    );
    const { body } = await send('sendVideo', { video: 'https://example.com/v.mp4' });
    const video = (body.result['video'] as Json)['file_id'];
    expect(await text({ photo: video })).toBe(
      "400 Bad Request: can't use file of type Video as Photo",
    );
  });

  it('fetches links to this machine, and looks at what comes', async () => {
    const server = createServer((incoming, answer) => {
      if (incoming.url === '/gone.png') return void answer.writeHead(404).end();
      const html = incoming.url === '/page.png';
      answer.setHeader('content-type', html ? 'text/html' : 'image/png');
      answer.end(incoming.url === '/huge.png' ? Buffer.alloc(5_000_001) : PNG);
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const photo = await send('sendPhoto', { photo: `${base}/a.png` });
      const sizes = photo.body.result['photo'] as Json[];
      expect(await download(sizes.at(-1)?.['file_id'])).toEqual(PNG);
      for (const [path, why] of [
        ['/gone.png', 'failed to get HTTP URL content'],
        ['/huge.png', 'failed to get HTTP URL content'],
        ['/page.png', 'wrong type of the web page content'],
      ] as const)
        expect(refusal(await send('sendPhoto', { photo: base + path }))).toContain(why);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('sends an album of 2 to 10 under one id', async () => {
    const photo = { type: 'photo', media: 'https://example.com/a.png', caption: 'two' };
    const album = await send('sendMediaGroup', { media: [photo, { ...photo, type: 'video' }] });
    const messages = album.body.result as unknown as Json[];
    expect(messages).toHaveLength(2);
    expect(new Set(messages.map(({ media_group_id: id }) => id)).size).toBe(1);
    expect((await send('sendMediaGroup', { media: [photo] })).status).toBe(400);
    const mixed = { media: [photo, { ...photo, type: 'document', media: 'https://e.com/a.pdf' }] };
    expect(refusal(await send('sendMediaGroup', mixed))).toMatch(/can't be mixed/);
    const uploaded = await upload('sendMediaGroup', {
      media: JSON.stringify([
        { type: 'photo', media: 'attach://one' },
        { type: 'photo', media: 'attach://two' },
      ]),
      one: new Blob([PNG]),
      two: new Blob([PNG]),
    });
    expect(uploaded.body.result).toHaveLength(2);
  });

  it('gives files to the bot that has them, while their path lasts and they are not too big', async () => {
    await fixture.bot('getUpdates');
    await fixture.write(ANN, {
      attachments: [
        { type: 'document', name: 'a.txt', base64: Buffer.from('hi').toString('base64') },
      ],
    });
    await fixture.write(ANN, { attachments: [{ type: 'video', size: 20_000_001 }] });
    const updates = (await fixture.bot('getUpdates')).body.result as unknown as {
      message: Record<string, Json>;
    }[];
    const text = updates.find(({ message }) => message['document'])?.message['document'];
    const video = updates.find(({ message }) => message['video'])?.message['video'];
    expect(text).toMatchObject({ file_name: 'a.txt' });
    expect(String(await download(text?.['file_id']))).toBe('hi');
    expect(await download(video?.['file_id'])).toBe('400 Bad Request: file is too big');
    const { body } = await fixture.bot('getFile', { file_id: text?.['file_id'] });
    const path = String(body.result['file_path']);
    await request('POST', `${fixture.sandbox.url}/control/clock`, { advance_ms: 3_600_001 });
    const url = `${fixture.sandbox.url}/telegram/file/bot${TOKEN}/${path}`;
    expect((await fetch(url)).status).toBe(404);
  });

  it('looks up chats and profile photos', async () => {
    await fixture.control('PUT', `/customers/${ANN}`, {
      account: BOT,
      name: 'Ann Lee',
      username: 'ann',
      photo: true,
    });
    expect((await fixture.bot('getChat', { chat_id: ANN })).body.result).toMatchObject({
      ...{ id: 5001, type: 'private', first_name: 'Ann', last_name: 'Lee' },
      active_usernames: ['ann'],
    });
    const photos = await fixture.bot('getUserProfilePhotos', { user_id: 5001 });
    const [sizes = []] = photos.body.result['photos'] as Json[][];
    expect(String(await download(sizes.at(-1)?.['file_id'])).slice(1, 4)).toBe('PNG');
    expect(refusal(await fixture.bot('getChat', { chat_id: 9 }))).toBe(
      '400 Bad Request: chat not found',
    );
  });
});
