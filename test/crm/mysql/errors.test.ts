import { describe, expect, it } from '@jest/globals';
import { asMirrorError, classify } from '../../../src/crm/mysql/errors.ts';

const WHERE = { table: 'messages', columns: ['message', 'user_id'] };
const error = (given: object) => Object.assign(new Error(), given);

describe('an error of the CRM’s database', () => {
  it.each([
    [null, null, 'unavailable'],
    [-111, null, 'unavailable'],
    [1040, '08004', 'unavailable'],
    [1213, '40001', 'busy'],
    [1290, 'HY000', 'read_only'],
    [1045, '28000', 'denied'],
    [1146, '42S02', 'schema'],
    [1366, 'HY000', 'refused'],
    [1366, '22007', 'refused'],
    [4025, '23000', 'refused'],
    [9998, '22001', 'refused'],
    [9999, 'HY000', 'unknown'],
  ])('%s with the state %s is %s', (errno, state, fault) => {
    expect(classify(errno, state)).toBe(fault);
  });

  it('is passed on without the driver’s words, but with a column that we know', () => {
    const message =
      "Incorrect string value: '\\xF0' for column `crm`.`messages`.`message` at row 1";
    const found = asMirrorError(
      error({
        message,
        code: 'ER_TRUNCATED_WRONG_VALUE',
        errno: 1366,
        sqlState: '22007',
        sql: 'x',
      }),
      WHERE,
    );
    expect(found.fields).toEqual({
      ...{ fault: 'refused', code: 'ER_TRUNCATED_WRONG_VALUE', errno: 1366, sqlState: '22007' },
      ...{ table: 'messages', column: 'message', inDoubt: false },
    });
    expect(found.message).not.toContain('xF0');
  });

  it.each([
    "Data too long for column 'message' at row 1",
    "Unknown column 'message' in 'field list'",
  ])('names the column of: %s', (message) => {
    expect(asMirrorError(error({ message, errno: 1406 }), WHERE).fields.column).toBe('message');
  });

  it('names no column that somebody put into a value', () => {
    const message = "Duplicate entry 'column `secret`' for key 'one'";
    expect(asMirrorError(error({ message, errno: 1062 }), WHERE).fields.column).toBeNull();
    const code = 'a code with words';
    expect(asMirrorError(error({ code }), WHERE).fields.code).toBe('UNKNOWN');
  });
});
