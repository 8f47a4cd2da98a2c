import { describe, expect, it } from '@jest/globals';
import { createCrmMirror } from '../../../src/crm/crm-mirror.ts';
import { mirrorSetting } from '../../../src/crm/mysql/settings.ts';
import { describeConfig } from '../../../src/config.ts';
import { aLog } from '../../support/builders.ts';
import { testConfig } from '../../support/database.ts';

const config = (environment: Record<string, string>) =>
  testConfig('postgresql://nobody/nothing', environment);
const GIVEN = {
  CRM_MYSQL_ENABLED: 'true',
  CRM_MYSQL_HOST: 'mysql.example',
  CRM_MYSQL_USER: 'mirror',
  CRM_MYSQL_PASSWORD: ' a secret ',
  CRM_MYSQL_DATABASE: 'crm',
};

describe('the settings of the mirror', () => {
  it('leave it off unless it is asked for', () => {
    expect(mirrorSetting(config({ ...GIVEN, CRM_MYSQL_ENABLED: '' })).state).toBe('off');
  });

  it('are whole with host, user, password and database', () => {
    expect(mirrorSetting(config(GIVEN))).toEqual({
      ...{ state: 'on', host: 'mysql.example', port: 3306, user: 'mirror', password: ' a secret ' },
      ...{ database: 'crm', table: 'messages', ssl: 'false', timeoutMs: 30_000 },
    });
  });

  it('leave it off with a warning that names what is missing', () => {
    const log = aLog();
    const mirror = createCrmMirror(
      config({ ...GIVEN, CRM_MYSQL_USER: '', CRM_MYSQL_PASSWORD: '' }),
      log,
    );
    expect(mirror).toEqual({
      crmTable: null,
      missing: ['CRM_MYSQL_USER', 'CRM_MYSQL_PASSWORD'],
    });
    expect(log.lines).toMatchObject([
      { message: expect.stringContaining('CRM_MYSQL_USER, CRM_MYSQL_PASSWORD must be set') },
    ]);
  });

  it('show no password, and take no table that would have to be quoted', () => {
    expect(describeConfig(config(GIVEN))['CRM_MYSQL_PASSWORD']).toBe('set');
    expect(() => config({ ...GIVEN, CRM_MYSQL_TABLE: 'a`b' })).toThrow('CRM_MYSQL_TABLE');
  });
});
