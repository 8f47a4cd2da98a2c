import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { errorClass } from '../src/logger.ts';

const LOGGER_URL = new URL('../src/logger.ts', import.meta.url).href;
const run = promisify(execFile);

describe('the logger', () => {
  it('writes one JSON object per line with time, level, service and message', async () => {
    const lines = await logged(`logger.info('started'); logger.warn('two\\nlines')`);
    expect(lines).toEqual([
      { timestamp: expect.any(String), level: 'info', service: 'test', message: 'started' },
      { timestamp: expect.any(String), level: 'warn', service: 'test', message: 'two\nlines' },
    ]);
    expect(String(lines[0]?.['timestamp'])).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('keeps back what is below its level', async () => {
    const lines = await logged(`logger.debug('no'); logger.error('yes')`);
    expect(lines.map(({ message }) => message)).toEqual(['yes']);
  });

  it('leaves out every field that is not on its list, however it came in', async () => {
    const [line, ...others] = await logged(`
      const message = { id: 'm1', text: 'canary', sender_id: 'canary', token: 'canary' };
      const spread = { ...message, message_id: message.id, account_id: 'acc_1' };
      logger.info('received', spread);
      logger.child(spread).info('received');
      logger.child(spread).child({ phone: 'canary' }).error('received', { headers: 'canary' });
      logger.info('received', { message_id: 'm1', account_id: 'acc_1', name: 'canary', stack: 'canary' });
    `);
    for (const each of [line, ...others]) {
      expect(JSON.stringify(each)).not.toContain('canary');
      expect(each).toMatchObject({ message: 'received', message_id: 'm1', account_id: 'acc_1' });
      expect(Object.keys(each ?? {})).toHaveLength(6);
    }
    expect(others).toHaveLength(3);
  });

  it('does not let a field take the place of the message, level, service or time', async () => {
    const [line] = await logged(`
      logger.info('real', { message: 'canary', level: 'canary', service: 'canary', timestamp: 'canary' });
    `);
    expect(line).toMatchObject({ message: 'real', level: 'info', service: 'test' });
    expect(JSON.stringify(line)).not.toContain('canary');
  });

  it('adds the fields of a child to every line, the newest winning, and to no other logger', async () => {
    const lines = await logged(`
      const child = logger.child({ trace_id: 't1', attempt: 1 });
      child.child({ attempt: 2 }).info('grandchild', { status_code: 200 });
      child.info('child');
      child.info('own', { attempt: 3 });
      logger.info('parent');
    `);
    const own = { timestamp: expect.any(String), level: 'info', service: 'test' };
    expect(lines).toEqual([
      { ...own, message: 'grandchild', trace_id: 't1', attempt: 2, status_code: 200 },
      { ...own, message: 'child', trace_id: 't1', attempt: 1 },
      { ...own, message: 'own', trace_id: 't1', attempt: 3 },
      { ...own, message: 'parent' },
    ]);
  });

  it('leaves out fields without a value', async () => {
    const [line] = await logged(`logger.info('x', { trace_id: undefined, count: 0 })`);
    expect(line).toHaveProperty('count', 0);
    expect(line).not.toHaveProperty('trace_id');
  });

  it('writes readable lines for a terminal, with the same list of fields', async () => {
    const text = await output(`logger.info('sent', { message_id: 'm1', text: 'canary' })`, true);
    expect(text).toMatch(/^\d\d:\d\d:\d\d\.\d{3} .*info.* \[test\] sent \{"message_id":"m1"\}\n$/);
    expect(text).not.toContain('canary');
  });
});

describe('the class of an error', () => {
  it('is its name and code, and never its message or cause', () => {
    const cause = new Error('canary');
    const error = Object.assign(new TypeError('canary', { cause }), { code: 'ECONNRESET' });
    expect(errorClass(error)).toEqual({ error_class: 'TypeError', error_code: 'ECONNRESET' });
  });

  it('has no code where the error has none, or one that is no code', () => {
    expect(errorClass(new RangeError('canary'))).toEqual({ error_class: 'RangeError' });
    const odd = Object.assign(new Error('canary'), { code: { text: 'canary' } });
    expect(errorClass(odd)).toEqual({ error_class: 'Error' });
    expect(errorClass(Object.assign(new Error('canary'), { code: 503 }))).toEqual({
      error_class: 'Error',
      error_code: '503',
    });
  });

  it.each([
    ['canary', 'string'],
    [undefined, 'undefined'],
    [null, 'object'],
    [{ message: 'canary' }, 'object'],
  ])('of a thrown %j is only its type', (thrown, type) => {
    expect(errorClass(thrown)).toEqual({ error_class: type });
  });
});

/** Runs the statements in a process of their own, whose standard output is the log. */
async function output(statements: string, pretty = false): Promise<string> {
  const script = `
    import { createLogger } from ${JSON.stringify(LOGGER_URL)};
    const logger = createLogger({ service: 'test', level: 'info', pretty: ${pretty} });
    ${statements}
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
  return stdout;
}

async function logged(statements: string): Promise<Record<string, unknown>[]> {
  const lines = (await output(statements)).split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
