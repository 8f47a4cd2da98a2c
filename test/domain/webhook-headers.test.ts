import { describe, expect, it } from '@jest/globals';
import { webhookHeaderProblems } from '../../src/domain/webhook-headers.ts';

const AUTHORIZATION = { Authorization: 'Basic Y2hhdDRhbGw6Y2FuYXJ5' };
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-Own-${index}`, 'value']));

describe('the headers that an account adds to its webhooks', () => {
  it.each<[string, Record<string, string>]>([
    ['none', {}],
    ['Basic auth', AUTHORIZATION],
    ['a cookie', { cookie: 'session=1; theme=dark' }],
    ['ten', many(10)],
    ['one with unusual letters in its name', { "x!#$%&'*+.^_`|~1": 'a\tb' }],
    ['one that is named like a member of every object', { constructor: 'x', toString: 'y' }],
  ])('may be %s', (_, headers) => {
    expect(webhookHeaderProblems(headers)).toEqual([]);
  });

  it.each([
    'Host',
    'HOST',
    'content-type',
    'Content-Length',
    'Content-Encoding',
    'Transfer-Encoding',
    'Connection',
    'Keep-Alive',
    'Proxy-Authorization',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Upgrade',
    'Expect',
    'Date',
    'User-Agent',
    'Accept-Encoding',
    'HTTP2-Settings',
    'Webhook-Id',
    'webhook-signature',
    'webhook-anything',
    'X-Hub-Signature-256',
    'X-Hub-Signature',
    'X-Hub-Signature-512',
    'X-Request-Id',
    'Sec-Fetch-Mode',
  ])('may not be %s, which is reserved', (name) => {
    expect(webhookHeaderProblems({ [name]: 'canary' })).toEqual([
      { name, problem: 'is reserved: the router or HTTP itself sets it' },
    ]);
  });

  it.each(['', ' ', 'X Own', 'X-Own:', 'X-Own\r\nHost', 'X-\u00fc', 'X\0', '(x)', 'x'.repeat(65)])(
    'may not be named %j',
    (name) => {
      expect(webhookHeaderProblems({ [name]: 'canary' })).toEqual([
        { name, problem: expect.stringMatching(/^must have a name/) },
      ]);
    },
  );

  it.each([
    '',
    ' canary',
    'canary ',
    'canary\r\nX-Other: 1',
    'canary\n',
    'canary\0',
    'canary\u00fc',
    'canary\u007f',
    'c'.repeat(2049),
  ])('may not have the value %j', (value) => {
    const [found, ...others] = webhookHeaderProblems({ 'X-Own': value });
    expect(found?.name).toBe('X-Own');
    expect(found?.problem).not.toContain('canary');
    expect(others).toEqual([]);
  });

  it('may not be eleven, too long in all, or there twice', () => {
    expect(webhookHeaderProblems(many(11))[0]?.problem).toContain('at most 10');
    const long = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, 'x'.repeat(2000)]));
    expect(webhookHeaderProblems(long)[0]?.problem).toContain('characters in all');
    expect(webhookHeaderProblems({ ...AUTHORIZATION, authorization: 'x' })).toEqual([
      { name: 'authorization', problem: 'is there twice' },
    ]);
  });
});
