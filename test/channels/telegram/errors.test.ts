import { describe, expect, it } from '@jest/globals';
import { channelErrorOf, failureOf, safeText } from '../../../src/channels/telegram/errors.ts';
import type { PlatformResult } from '../../../src/channels/platform-http.ts';
import { TOKEN } from './payloads.ts';

function answer(
  status: number,
  json: unknown,
  headers: Record<string, string> = {},
): PlatformResult {
  const body = Buffer.from(typeof json === 'string' ? json : JSON.stringify(json));
  return { kind: 'answer', status, headers, body };
}

function telegram(error_code: number, description: string, parameters?: object): PlatformResult {
  return answer(error_code, { ok: false, error_code, description, parameters });
}

describe('the class of an error of Telegram', () => {
  it.each([
    [401, 'Unauthorized', 'unauthorized'],
    [401, 'Unauthorized: invalid token specified', 'unauthorized'],
    [404, 'Not Found', 'unauthorized'],
    [404, 'Not Found: method not found', 'refused'],
    [403, 'Forbidden: bot was blocked by the user', 'refused'],
    [403, 'Forbidden: user is deactivated', 'refused'],
    [403, "Forbidden: bot can't initiate conversation with a user", 'refused'],
    [403, 'Forbidden: bot was kicked from the group chat', 'refused'],
    [403, 'Forbidden: bot was kicked from the supergroup chat', 'refused'],
    [403, 'Forbidden: bot was kicked from the channel chat', 'refused'],
    [403, 'Forbidden: bot is not a member of the supergroup chat', 'refused'],
    [403, 'Forbidden: the group chat was deleted', 'refused'],
    [400, 'Bad Request: chat not found', 'refused'],
    [400, 'Bad Request: private chat not found', 'refused'],
    [400, 'Bad Request: chat_id is empty', 'refused'],
    [400, 'Bad Request: message text is empty', 'refused'],
    [400, 'Bad Request: text is too long', 'refused'],
    [400, 'Bad Request: message is too long', 'refused'],
    [400, 'Bad Request: message to be replied not found', 'refused'],
    [400, "Bad Request: can't parse entities: unsupported start tag", 'refused'],
    [400, 'Bad Request: wrong HTTP URL specified', 'refused'],
    [400, 'Bad Request: failed to get HTTP URL content', 'refused'],
    [400, 'Bad Request: wrong type of the web page content', 'refused'],
    [400, "Bad Request: can't upload file by URL", 'refused'],
    [400, 'Bad Request: wrong file_id or the file is temporarily unavailable', 'refused'],
    [400, 'Bad Request: file is too big', 'refused'],
    [400, 'Bad Request: query is too old and response timeout expired', 'refused'],
    [400, 'Bad Request: REACTION_INVALID', 'refused'],
    [400, 'Bad Request: TOPIC_CLOSED', 'refused'],
    [400, 'Logged out', 'unauthorized'],
    [413, 'Request Entity Too Large', 'refused'],
    [
      409,
      'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
      'unauthorized',
    ],
    [
      409,
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      'unauthorized',
    ],
    [409, 'Conflict: terminated by other setWebhook', 'unauthorized'],
    [429, 'Too Many Requests: retry after 5', 'throttled'],
    [500, 'Internal Server Error: restart', 'unknown'],
    [502, 'Bad Gateway', 'unknown'],
    [504, 'Gateway Timeout', 'unknown'],
    [503, 'Service Unavailable', 'unavailable'],
  ])('%s %j is %s', (code, description, expected) => {
    const outcome = failureOf(telegram(code, description), []);
    expect(outcome).toMatchObject({ class: expected, code: `${code}`, message: description });
    expect(outcome).not.toHaveProperty('unknownCode');
  });

  it.each([
    [400, 'Bad Request: SOMETHING_NEW', /^400\/SOMETHING_NEW$/],
    [400, 'Bad Request: message is cursed', /^400\/[0-9a-f]{8}$/],
    [400, 'Bad Request: somebody wrote SECRET_WORDS', /^400\/[0-9a-f]{8}$/],
    [403, 'Forbidden: the moon is full', /^403\/[0-9a-f]{8}$/],
    [404, 'Not Found: no such planet', /^404\/[0-9a-f]{8}$/],
    [409, 'Conflict: two of them', /^409\/[0-9a-f]{8}$/],
    [418, 'A teapot', /^418\/[0-9a-f]{8}$/],
  ])('%s %j is not known, and fails this message alone', (code, description, unknownCode) => {
    expect(failureOf(telegram(code, description), [])).toMatchObject({
      class: 'refused',
      unknownCode: expect.stringMatching(unknownCode) as unknown,
    });
  });

  it('is a new address where the group became a supergroup', () => {
    const description = 'Bad Request: group chat was upgraded to a supergroup chat';
    expect(
      failureOf(telegram(400, description, { migrate_to_chat_id: -1001234567890 }), []),
    ).toEqual({
      class: 'migrated',
      code: '400',
      message: description,
      newRecipientId: '-1001234567890',
      statusCode: 400,
    });
    expect(failureOf(telegram(400, description), []).class).toBe('refused');
  });

  it('comes from the body where the HTTP status says something else', () => {
    const body = { ok: false, error_code: 403, description: 'Forbidden: user is deactivated' };
    for (const status of [200, 400, 500])
      expect(failureOf(answer(status, body), [])).toMatchObject({ class: 'refused', code: '403' });
  });

  it('is read where its code is a text, and by the HTTP status where it is no error’s', () => {
    const description = 'Unauthorized';
    const text = { ok: false, error_code: '401', description };
    expect(failureOf(answer(400, text), [])).toMatchObject({ class: 'unauthorized', code: '401' });
    for (const error_code of [12345, 0, -1, 200, '', ' ', 'x', 400.5])
      expect(failureOf(answer(400, { ok: false, error_code, description }), [])).toMatchObject({
        class: 'refused',
        code: '400',
      });
  });

  it('is about the token only where the words say so: a 404 without any fails the message', () => {
    for (const description of [undefined, null, '', 7])
      expect(failureOf(answer(404, { ok: false, error_code: 404, description }), [])).toMatchObject(
        { class: 'refused', code: '404' },
      );
  });

  it('does not stumble over odd members', () => {
    for (const odd of [
      {},
      { error_code: '400' },
      { error_code: {}, description: 7, parameters: [] },
    ])
      expect(failureOf(answer(400, { ok: false, ...odd }), [])).toMatchObject({
        class: 'refused',
        code: '400',
      });
  });
});

describe('without an error of Telegram', () => {
  it.each([
    [503, 'unavailable'],
    [500, 'unknown'],
    [502, 'unknown'],
    [504, 'unknown'],
    [200, 'unknown'],
    [429, 'throttled'],
    [302, 'transient'],
    [404, 'transient'],
    [413, 'transient'],
  ])('HTTP %s is %s', (status, expected) => {
    for (const body of ['', '<html>', '{"ok":', '[]', '{"ok":"no"}', '{"ok":true}', '{"error":1}'])
      expect(failureOf(answer(status, body), []).class).toBe(expected);
  });

  it('an unreached platform is unavailable and a lost answer unknown', () => {
    expect(failureOf({ kind: 'unreachable', code: 'ECONNREFUSED' }, [])).toMatchObject({
      class: 'unavailable',
      code: 'ECONNREFUSED',
    });
    for (const code of ['ECONNRESET', 'ANSWER_TIMEOUT'])
      expect(failureOf({ kind: 'lost', code }, [])).toMatchObject({ class: 'unknown', code });
  });
});

describe('how long to wait', () => {
  const wait = (
    parameters: object | undefined,
    headers = {},
    description = 'Too Many Requests',
  ) => {
    const body = { ok: false, error_code: 429, description, parameters };
    const outcome = failureOf(answer(429, body, headers), []);
    return outcome.class === 'throttled' ? [outcome.scope, outcome.retryAfterMs] : [];
  };

  it('is told in the body, in the header, and in the text: the longest holds, for this chat', () => {
    expect(wait({ retry_after: 5 })).toEqual(['recipient', 5000]);
    expect(wait(undefined, { 'retry-after': '7' })).toEqual(['recipient', 7000]);
    expect(wait({ retry_after: 5 }, { 'retry-after': '7' })).toEqual(['recipient', 7000]);
    expect(wait(undefined, {}, 'Too Many Requests: retry after 9')).toEqual(['recipient', 9000]);
    expect(wait({ retry_after: 1e9 })).toEqual(['recipient', 86_400_000]);
  });

  it('is told by the header alone when an edge answers', () => {
    const outcome = failureOf(answer(429, '<html>', { 'retry-after': '3' }), []);
    expect(outcome).toMatchObject({ class: 'throttled', retryAfterMs: 3000 });
  });

  it.each([
    [undefined],
    [{}],
    [{ retry_after: 0 }],
    [{ retry_after: 'soon' }],
    [{ retry_after: -5 }],
    [null],
  ])('is left to the router for %j', (parameters) => {
    expect(wait(parameters as object, { 'retry-after': 'soon' })).toEqual(['recipient', undefined]);
  });
});

describe('the text of a failure', () => {
  it('holds no token, text, id or phone number', () => {
    const shown = safeText(
      `No ${TOKEN}, 7001%3AAAHsecretSECRETsecret: "my secret text" to 5005123456, +5511999998888`,
      ['my secret text'],
    );
    expect(shown).toBe('No …, …: "…" to …, +…');
  });

  it('is at most 300 characters, of one line, and never empty', () => {
    expect(Array.from(safeText('😀'.repeat(400), []))).toHaveLength(300);
    expect(safeText('a\r\n\0b\ud83d', [])).toBe('a b\ufffd');
    expect(safeText('', [])).not.toBe('');
  });

  it('reaches an administrator as an error of the matching kind', () => {
    const kinds = [401, 400, 429, 500, 409].map((code) => {
      const error = channelErrorOf(failureOf(telegram(code, 'Telegram says'), []));
      return [error.kind, error.code, error.message];
    });
    expect(kinds).toEqual([
      ['unauthorized', '401', 'Telegram says'],
      ['refused', '400', 'Telegram says'],
      ['throttled', '429', 'Telegram says'],
      ['unreachable', '500', 'Telegram says'],
      ['refused', '409', 'Telegram says'],
    ]);
  });
});
