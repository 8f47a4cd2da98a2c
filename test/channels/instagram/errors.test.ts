import { describe, expect, it } from '@jest/globals';
import { failureOf } from '../../../src/channels/instagram/errors.ts';
import { channelErrorOf } from '../../../src/channels/meta-errors.ts';
import type { PlatformResult } from '../../../src/channels/platform-http.ts';

const options = { regainAccessUnitMs: 60_000 };

function answer(
  status: number,
  json: unknown,
  headers: Record<string, string> = {},
): PlatformResult {
  const body = Buffer.from(typeof json === 'string' ? json : JSON.stringify(json));
  return { kind: 'answer', status, headers, body };
}

function meta(status: number, error: Record<string, unknown>, headers = {}): PlatformResult {
  const rest = { message: '(#x) text', type: 'OAuthException', fbtrace_id: 'A1' };
  return answer(status, { error: { ...rest, ...error } }, headers);
}

function classOf(result: PlatformResult): string {
  return failureOf(result, [], options).class;
}

describe('the class of an error of Meta', () => {
  it.each([
    // code, subcode, class; each tried with the HTTP statuses that have been seen or may be
    [190, undefined, 'unauthorized'],
    [190, 463, 'unauthorized'],
    [190, 460, 'unauthorized'],
    [190, 458, 'unauthorized'],
    [190, 467, 'unauthorized'],
    [102, undefined, 'unauthorized'],
    [10, undefined, 'unauthorized'],
    [10, 2534015, 'refused'],
    [100, 2534015, 'refused'],
    [10, 2018300, 'refused'],
    [10, 2018065, 'refused'],
    [10, 1893015, 'refused'],
    [10, 2018321, 'refused'],
    [10, 2018336, 'refused'],
    [10, 1404170, 'refused'],
    [200, 2018021, 'refused'],
    [10, 2999999, 'refused'],
    [3, 2999999, 'refused'],
    [299, 2999999, 'refused'],
    [100, 2999999, 'refused'],
    [200, 2534077, 'unauthorized'],
    [25, 2207050, 'unauthorized'],
    [200, undefined, 'unauthorized'],
    [230, undefined, 'unauthorized'],
    [299, undefined, 'unauthorized'],
    [3, undefined, 'unauthorized'],
    [10, 2534022, 'refused'],
    [10, 2018278, 'refused'],
    [551, undefined, 'refused'],
    [551, 1545041, 'refused'],
    [200, 1545041, 'refused'],
    [10, 2018108, 'refused'],
    [100, 2534014, 'refused'],
    [2534001, undefined, 'refused'],
    [100, 2534001, 'refused'],
    [200, 2534041, 'unauthorized'],
    [10, 1893063, 'unauthorized'],
    [100, 2534029, 'unauthorized'],
    [368, undefined, 'unauthorized'],
    [100, 2534052, 'refused'],
    [100, undefined, 'refused'],
    [100, 33, 'refused'],
    [100, 2018047, 'refused'],
    [4, undefined, 'throttled'],
    [17, undefined, 'throttled'],
    [32, undefined, 'throttled'],
    [613, undefined, 'throttled'],
    [613, 2534040, 'throttled'],
    [80002, undefined, 'throttled'],
    [1, undefined, 'transient'],
    [2, undefined, 'transient'],
    [2, 1545133, 'transient'],
    [1200, undefined, 'transient'],
    [1, 1357046, 'unknown'],
  ])('%s/%s is %s, whatever the HTTP status', (code, error_subcode, expected) => {
    for (const status of [200, 400, 401, 403, 429, 500, 503])
      expect(classOf(meta(status, { code, error_subcode }))).toBe(expected);
  });

  it('for a code we do not know is Meta’s own word, then the HTTP status', () => {
    expect(classOf(meta(400, { code: 987654, is_transient: true }))).toBe('transient');
    expect(classOf(meta(400, { code: 987654 }))).toBe('refused');
    expect(classOf(meta(429, { code: 987654 }))).toBe('throttled');
    expect(classOf(meta(401, { code: 987654 }))).toBe('refused');
    expect(classOf(meta(401, {}))).toBe('unauthorized');
    expect(classOf(meta(500, { code: 987654 }))).toBe('transient');
    expect(classOf(meta(200, { code: 987654 }))).toBe('unknown');
  });

  it('reads codes written as text and does not stumble over odd ones', () => {
    expect(classOf(meta(400, { code: '190' }))).toBe('unauthorized');
    for (const code of [true, null, {}, -1, 1e30, '__proto__'])
      expect(classOf(meta(400, { code }))).toBe('refused');
  });
});

describe('a code that nobody knows', () => {
  const unknownIn = (error: Record<string, unknown>) => failureOf(meta(400, error), [], options);

  it('is told by its number, or by its subcode where the code alone is known', () => {
    expect(unknownIn({ code: 987654 }).unknownCode).toBe('987654');
    expect(unknownIn({ code: 10, error_subcode: 2999999 }).unknownCode).toBe('10/2999999');
    expect(unknownIn({ code: 551, error_subcode: 7 }).unknownCode).toBe('551/7');
  });

  it('is no code that is known, nor an answer without one', () => {
    for (const error of [{ code: 10 }, { code: 10, error_subcode: 2018300 }, { code: 190 }, {}])
      expect(unknownIn(error)).not.toHaveProperty('unknownCode');
    expect(unknownIn({ code: 190, error_subcode: 7 })).not.toHaveProperty('unknownCode');
  });
});

describe('a code or subcode that cannot be read', () => {
  it.each([
    [401, { code: 'SESSION_ODD' }, 'SESSION_ODD'],
    [401, { code: 'Ana 15550001111' }, 'unreadable'],
    [401, { code: [190] }, 'unreadable'],
    [403, { code: 190.5 }, 'unreadable'],
    [403, { code: 200, error_subcode: 'THREAD_LOCKED' }, '200/THREAD_LOCKED'],
    [400, { code: 10, error_subcode: {} }, '10/unreadable'],
    [400, { code: 3, error_subcode: -1 }, '3/-1'],
  ])('%s %j is one that nobody knows, and fails its message alone', (status, error, code) => {
    const failure = failureOf(meta(status, error), [], options);
    expect(failure).toMatchObject({ class: 'refused', unknownCode: code });
  });

  it('with spaces around its number is that number', () => {
    expect(classOf(meta(400, { code: ' 190 ' }))).toBe('unauthorized');
    expect(classOf(meta(400, { code: 200, error_subcode: ' 1545041' }))).toBe('refused');
  });

  it('is temporary where Meta says so, as a text too', () => {
    expect(classOf(meta(400, { code: 987654, is_transient: 'true' }))).toBe('transient');
  });
});

describe('a permission code without its subcode', () => {
  it.each([
    [10, '(#10) This message is sent outside of allowed window.'],
    [200, "(#200) This person isn't available right now."],
  ])('%s fails its message alone where the words are about one person', (code, message) => {
    const failure = failureOf(meta(403, { code, message }), [], options);
    expect(failure.class).toBe('refused');
    expect(failure).not.toHaveProperty('unknownCode');
  });
});

describe('an object that is not there (100/33)', () => {
  const OWN = '17841400000000001';
  const classFor = (message: string, ownId: string | undefined = OWN, type = 'OAuthException') =>
    failureOf(meta(400, { code: 100, error_subcode: 33, message, type }), [], options, ownId).class;
  const says = (id: string) =>
    `Unsupported post request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation.`;

  it('is the account’s own trouble where Meta names our id', () => {
    expect(classFor(says(OWN))).toBe('unauthorized');
    expect(classFor('Unsupported post request.')).toBe('unauthorized');
    expect(classFor('No.', OWN, 'GraphMethodException')).toBe('unauthorized');
  });

  it('is this message’s trouble where Meta names somebody else, or nobody', () => {
    expect(classFor(says('1254477777777777'))).toBe('refused');
    expect(classFor(says('1254477777777777'), OWN, 'GraphMethodException')).toBe('refused');
    expect(classFor('Invalid recipient.')).toBe('refused');
    expect(failureOf(meta(400, { code: 100, error_subcode: 33 }), [], options).class).toBe(
      'refused',
    );
  });
});

describe('without an error of Meta', () => {
  it.each([
    [503, 'unavailable'],
    [500, 'unknown'],
    [502, 'unknown'],
    [504, 'unknown'],
    [200, 'unknown'],
    [201, 'unknown'],
    [429, 'throttled'],
    [302, 'transient'],
    [401, 'transient'],
    [404, 'transient'],
    [408, 'transient'],
  ])('HTTP %s is %s', (status, expected) => {
    for (const body of ['', '<html>', '{"message_id":', '[]', '{"error":"no"}', '{"ok":true}'])
      expect(classOf(answer(status, body))).toBe(expected);
  });

  it('an unreached platform is unavailable and a lost answer unknown', () => {
    expect(failureOf({ kind: 'unreachable', code: 'ECONNREFUSED' }, [], options)).toMatchObject({
      class: 'unavailable',
      code: 'ECONNREFUSED',
    });
    expect(failureOf({ kind: 'lost', code: 'ECONNRESET' }, [], options)).toMatchObject({
      class: 'unknown',
      code: 'ECONNRESET',
    });
  });
});

describe('how long to wait', () => {
  const usage = (...minutes: unknown[]) =>
    JSON.stringify({
      '1784': minutes.map((time) => ({ call_count: 100, estimated_time_to_regain_access: time })),
    });
  const wait = (headers: Record<string, string>, unit = 60_000) => {
    const result = meta(400, { code: 80002 }, headers);
    const outcome = failureOf(result, [], { regainAccessUnitMs: unit });
    return outcome.class === 'throttled' ? outcome.retryAfterMs : NaN;
  };

  it('is the longest time of the usage header, in minutes unless set otherwise', () => {
    expect(wait({ 'x-business-use-case-usage': usage(0, 28, 3) })).toBe(28 * 60_000);
    expect(wait({ 'x-business-use-case-usage': usage(28) }, 1000)).toBe(28_000);
  });

  it('is Retry-After where there is one', () => {
    expect(wait({ 'retry-after': '120' })).toBe(120_000);
    const date = new Date(Date.now() + 60_000).toUTCString();
    expect(wait({ 'retry-after': date })).toBeGreaterThan(50_000);
    expect(wait({ 'retry-after': '5', 'x-business-use-case-usage': usage(1) })).toBe(60_000);
  });

  it('is never more than a day', () => {
    expect(wait({ 'retry-after': '1000000000' })).toBe(86_400_000);
    expect(wait({ 'x-business-use-case-usage': usage(1e300) })).toBe(86_400_000);
  });

  it.each([
    ['nothing', {}],
    ['a zero', { 'x-business-use-case-usage': usage(0), 'retry-after': '0' }],
    ['nonsense', { 'x-business-use-case-usage': 'null', 'retry-after': 'soon' }],
    ['other shapes', { 'x-business-use-case-usage': '{"a":[null]}', 'retry-after': '-5' }],
    ['other types', { 'x-business-use-case-usage': usage('28', null, {}) }],
    ['the past', { 'retry-after': new Date(0).toUTCString() }],
  ])('is left to the router where headers say %s', (_case, headers) => {
    expect(wait(headers)).toBeUndefined();
  });
});

describe('the text of a failure', () => {
  it('is Meta’s, with code and subcode', () => {
    const result = meta(403, {
      code: 10,
      error_subcode: 2534022,
      message: '(#10) Outside of window.',
    });
    expect(failureOf(result, [], options)).toEqual({
      class: 'refused',
      code: '10/2534022',
      message: '(#10) Outside of window.',
      statusCode: 403,
    });
  });

  it('is never empty', () => {
    expect(failureOf(meta(400, { code: 100, message: null }), [], options).message).not.toBe('');
  });

  it('reaches an administrator as an error of the matching kind', () => {
    const kinds = [190, 100, 4, 2].map((code) => {
      const error = channelErrorOf(failureOf(meta(400, { code }), [], options));
      return [error.kind, error.code, error.message];
    });
    expect(kinds).toEqual([
      ['unauthorized', '190', '(#x) text'],
      ['refused', '100', '(#x) text'],
      ['throttled', '4', '(#x) text'],
      ['unreachable', '2', '(#x) text'],
    ]);
  });
});
