import { describe, expect, it } from '@jest/globals';
import type { PlatformResult } from '../../../src/channels/platform-http.ts';
import { failureOf } from '../../../src/channels/whatsapp/errors.ts';
import { receive } from '../../../src/channels/whatsapp/receive.ts';
import { bodyOf, change, only, requestOf, status } from './payloads.ts';

const options = { regainAccessUnitMs: 60_000 };

function meta(httpStatus: number, error: Record<string, unknown>, headers = {}): PlatformResult {
  const rest = { message: '(#x) title', type: 'OAuthException', fbtrace_id: 'A1' };
  const body = Buffer.from(JSON.stringify({ error: { ...rest, ...error } }));
  return { kind: 'answer', status: httpStatus, headers, body };
}

/** Every code that WhatsApp documents, and what it means for the message. */
const CODES: [code: number, expected: string][] = [
  [0, 'unauthorized'],
  [190, 'unauthorized'],
  [3, 'unauthorized'],
  [10, 'unauthorized'],
  [200, 'unauthorized'],
  [230, 'unauthorized'],
  [299, 'unauthorized'],
  [131005, 'unauthorized'],
  [4, 'throttled'],
  [80007, 'throttled'],
  [130429, 'throttled'],
  [131056, 'throttled'],
  [131057, 'throttled'],
  [131048, 'unauthorized'],
  [131064, 'refused'],
  [368, 'unauthorized'],
  [131031, 'unauthorized'],
  [130497, 'refused'],
  [1, 'transient'],
  [2, 'transient'],
  [131000, 'transient'],
  [131016, 'transient'],
  [133004, 'transient'],
  [131047, 'refused'],
  [131026, 'refused'],
  [130403, 'refused'],
  [131050, 'refused'],
  [131049, 'refused'],
  [130472, 'refused'],
  [131021, 'refused'],
  [131030, 'refused'],
  [131062, 'refused'],
  [33, 'unauthorized'],
  [100, 'refused'],
  [131008, 'refused'],
  [131009, 'refused'],
  [135000, 'refused'],
  [131051, 'refused'],
  [131052, 'refused'],
  [131053, 'refused'],
  [131042, 'refused'],
  [131045, 'unauthorized'],
  [133010, 'unauthorized'],
  [133006, 'unauthorized'],
  [132000, 'refused'],
  [132001, 'refused'],
  [132005, 'refused'],
  [132007, 'refused'],
  [132012, 'refused'],
  [132015, 'refused'],
  [132016, 'refused'],
  [131020, 'refused'],
  [131041, 'refused'],
  ...Array.from({ length: 15 }, (_, n) => 131201 + n).map((code): [number, string] => [
    code,
    code === 131208 ? 'throttled' : 'refused',
  ]),
];

describe('an error of WhatsApp', () => {
  it.each(CODES)('%s in an answer is %s, whatever the HTTP status', (code, expected) => {
    for (const httpStatus of [200, 400, 401, 403, 429, 500, 503]) {
      const outcome = failureOf(meta(httpStatus, { code }), [], options);
      expect(outcome).toMatchObject({ class: expected, code: `${code}` });
    }
  });

  it.each(CODES)('%s in a status is a failure with that code', (code) => {
    const errors = [{ code, title: 'Title', error_data: { details: 'Why.' } }];
    const events = receive(requestOf(bodyOf(change({ statuses: [status('failed', { errors })] }))));
    expect(only(events, 'status')).toMatchObject({
      status: 'failed',
      error: { code: `${code}`, message: 'Title: Why.' },
    });
  });

  it('that nobody knows is told as such in a status too', () => {
    const reason = (code: number) => {
      const errors = [{ code, title: 'Title' }];
      const body = bodyOf(change({ statuses: [status('failed', { errors })] }));
      return only(receive(requestOf(body)), 'status').error;
    };
    expect(reason(139_999)).toMatchObject({ unknownCode: '139999' });
    expect(reason(131_026)).not.toHaveProperty('unknownCode');
  });

  it('names the subcode where there is one, and the details', () => {
    const result = meta(400, {
      code: 100,
      error_subcode: 33,
      message: '(#100) Unsupported get request',
      error_data: { messaging_product: 'whatsapp', details: 'No object 106540352242922.' },
    });
    expect(failureOf(result, [], options)).toEqual({
      class: 'refused',
      code: '100/33',
      message: '(#100) Unsupported get request: No object ….',
      statusCode: 400,
    });
  });

  it('is the account’s own trouble where its own id is gone, and no recipient’s', () => {
    const gone = (id: string) =>
      meta(400, { code: 100, error_subcode: 33, message: `Object with ID '${id}' does not exist` });
    const classFor = (id: string) => failureOf(gone(id), [], options, '106540352242922').class;
    expect([classFor('106540352242922'), classFor('15550783881')]).toEqual([
      'unauthorized',
      'refused',
    ]);
  });

  it('fails one message where a subcode of a permission is not known', () => {
    for (const code of [3, 10, 200, 100])
      expect(failureOf(meta(403, { code, error_subcode: 2999999 }), [], options)).toMatchObject({
        class: 'refused',
        unknownCode: `${code}/2999999`,
      });
  });

  it('of an unknown code is read by the HTTP status', () => {
    const classOf = (httpStatus: number) =>
      failureOf(meta(httpStatus, { code: 987654 }), [], options).class;
    expect([400, 401, 429, 500, 200].map(classOf)).toEqual([
      'refused',
      'refused',
      'throttled',
      'transient',
      'unknown',
    ]);
    const constructor = failureOf(meta(400, { code: 'constructor' }), [], options);
    expect(constructor).toMatchObject({ class: 'refused', code: 'HTTP 400' });
  });
});

describe('a code or subcode that cannot be read', () => {
  it.each([
    [401, { code: 'SESSION_ODD' }, 'SESSION_ODD'],
    [401, { code: { value: 190 } }, 'unreadable'],
    [403, { code: 200, error_subcode: 'LOCKED' }, '200/LOCKED'],
  ])('%s %j is one that nobody knows, and fails its message alone', (httpStatus, error, code) => {
    const failure = failureOf(meta(httpStatus, error), [], options);
    expect(failure).toMatchObject({ class: 'refused', unknownCode: code });
  });

  it('is told as unknown in a status too, where it has a name', () => {
    const errors = [{ code: 'NEW_REASON' }];
    const body = bodyOf(change({ statuses: [status('failed', { errors })] }));
    const { error } = only(receive(requestOf(body)), 'status');
    expect(error).toMatchObject({ code: 'NEW_REASON', unknownCode: 'NEW_REASON' });
  });
});

describe('what is throttled', () => {
  const throttle = (code: number, headers = {}) =>
    failureOf(meta(400, { code }, headers), [], options);

  it('by too many messages to one recipient holds back that one alone', () => {
    expect(throttle(131056)).toMatchObject({ scope: 'recipient', retryAfterMs: undefined });
    expect(throttle(131208)).toMatchObject({ scope: 'recipient' });
    for (const code of [4, 80007, 130429])
      expect(throttle(code)).toMatchObject({ scope: 'account', retryAfterMs: undefined });
  });

  it('by the minute of maintenance waits it out instead of failing three times in it', () => {
    expect(throttle(131057)).toMatchObject({ scope: 'account', retryAfterMs: 60_000 });
  });

  it('waits what a header says', () => {
    expect(throttle(130429, { 'retry-after': '7' })).toMatchObject({ retryAfterMs: 7000 });
    const usage = JSON.stringify({ '1': [{ estimated_time_to_regain_access: 3 }] });
    expect(throttle(80007, { 'x-business-use-case-usage': usage })).toMatchObject({
      retryAfterMs: 180_000,
    });
    expect(throttle(131057, { 'retry-after': '5' })).toMatchObject({ retryAfterMs: 5000 });
  });
});
