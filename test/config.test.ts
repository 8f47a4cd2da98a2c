import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ConfigError, describeConfig, loadConfig } from '../src/config.ts';

const REQUIRED = {
  DATABASE_URL: 'postgresql://127.0.0.1/chat4all',
  ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
};
const PRODUCTION = {
  ...REQUIRED,
  ENVIRONMENT: 'production',
  FACEBOOK_VERIFY_TOKEN: 'token',
  FACEBOOK_APP_SECRET: 'secret',
  PUBLIC_URL: 'https://router.example.com',
};
/** Read by `npm start` and by docker compose, not by the router. */
const LOCAL = [
  'DATA_DIR',
  'SANDBOX_PORT',
  'POSTGRES_PORT',
  'TEMPORAL_PORT',
  'TEMPORAL_UI_PORT',
  'MYSQL_PORT',
  'TEMPORAL_CLI',
  'POSTGRES_PASSWORD',
];

function problemsOf(environment: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('reports all problems at once, each beginning with its variable', () => {
    const problems = problemsOf({ PORT: 'eighty', LOG_LEVEL: 'loud', CRM_RETRY_DELAYS: '1,x' });
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
      'CRM_RETRY_DELAYS',
      'DATABASE_URL',
      'ENCRYPTION_KEYS',
      'LOG_LEVEL',
      'PORT',
    ]);
  });

  it.each([
    ['DATABASE_URL', 'mysql://x'],
    ['DATABASE_URL', 'postgres://host'],
    ['DATABASE_URL', 'canary'],
    ['ENCRYPTION_KEYS', 'k1:canary'],
    ['ADMIN_API_KEY', 'canary'],
    ['TEMPORAL_ADDRESS', 'https://canary:7233'],
    ['TEMPORAL_TLS_CA_PATH', '/no/such/canary.pem'],
    ['WEBHOOK_ALLOWED_NETWORKS', '10.0.0.0/8,ten'],
    ['CRM_WEBHOOK_SECRET', 'whsec_canary-secret'],
    ['CRM_WEBHOOK_SECRET', 'canary canary'],
    ['ALERT_WEBHOOK_SECRET', `whsec_${'A'.repeat(43)}`],
    ['CRM_WEBHOOK_URL', 'http://10.0.0.1/canary'],
    ['CRM_WEBHOOK_URL', 'https://canary:password@crm.example.com'],
    ['ALERT_WEBHOOK_URL', 'http://169.254.169.254/canary'],
    ['ALERT_WEBHOOK_URL', 'canary'],
  ])('refuses a wrong %s: %s', (name, value) => {
    const problems = problemsOf({ ...REQUIRED, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: `));
    expect(problems[0]).not.toContain('canary');
  });

  it('lists what is wrong with addresses and keys beside all else', () => {
    const wrong = {
      ENCRYPTION_KEYS: 'k1:short',
      ADMIN_API_KEY: 'hello',
      DATABASE_URL: 'mysql://x',
    };
    const problems = problemsOf({ ...wrong, PORT: 'x', CRM_WEBHOOK_URL: 'http://127.0.0.1/' });
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
      'ADMIN_API_KEY',
      'CRM_WEBHOOK_URL',
      'DATABASE_URL',
      'ENCRYPTION_KEYS',
      'PORT',
    ]);
  });

  it('takes webhook addresses as they are, in networks that are allowed', () => {
    const given = {
      CRM_WEBHOOK_URL: 'http://10.1.2.3/hook/',
      WEBHOOK_ALLOWED_NETWORKS: '10.1.0.0/16',
    };
    expect(loadConfig({ ...REQUIRED, ...given }).CRM_WEBHOOK_URL).toBe('http://10.1.2.3/hook/');
  });

  it.each(['CRM_WEBHOOK_URL', 'ALERT_WEBHOOK_URL'])('wants https for %s in production', (name) => {
    expect(problemsOf({ ...PRODUCTION, [name]: 'http://crm.example.com/' })).toEqual([
      `${name}: must begin with https:// in production`,
    ]);
    expect(problemsOf({ ...PRODUCTION, [name]: 'https://crm.example.com/' })).toEqual([]);
  });

  it('is described so that it can be set again as it is', () => {
    const config = loadConfig({
      ...REQUIRED,
      CRM_RETRY_DELAYS: '0.5,3',
      CONVERSATION_LINGER: '45',
      WEBHOOK_ALLOWED_NETWORKS: '10.1.0.0/16, 127.0.0.1',
    });
    const described = Object.entries(describeConfig(config)).filter(
      ([, value]) => value !== 'set' && value !== 'not set',
    );
    expect(loadConfig({ ...Object.fromEntries(described), ...REQUIRED })).toEqual(config);
    expect(Object.fromEntries(described)).toMatchObject({
      CRM_RETRY_LIMIT: '86400',
      CRM_RETRY_DELAYS: '0.5,3',
    });
  });

  it('takes an empty variable as one that is not set', () => {
    expect(problemsOf({ ...REQUIRED, PUBLIC_URL: '', PORT: '' })).toEqual([]);
  });

  it.each(Object.keys(PRODUCTION).filter((name) => name !== 'ENVIRONMENT'))(
    'has no default for %s in production',
    (name) => {
      const problems = problemsOf({ ...PRODUCTION, [name]: undefined }).join();
      expect(problems).toContain(name);
    },
  );

  it('reads decimal seconds as milliseconds', () => {
    const config = loadConfig({
      ...REQUIRED,
      CRM_WEBHOOK_TIMEOUT: '2.5',
      CRM_RETRY_DELAYS: '0.5,3',
    });
    expect([config.CRM_WEBHOOK_TIMEOUT, config.CRM_RETRY_DELAYS]).toEqual([2500, [500, 3000]]);
  });

  it('wants the two Instagram account variables together', () => {
    expect(problemsOf({ ...REQUIRED, INSTAGRAM_PAGE_ACCESS_TOKEN: 'x' })[0]).toContain(
      'INSTAGRAM_BUSINESS_ACCOUNT_ID',
    );
  });

  it('is frozen, and is described without the value of any secret', () => {
    const config = loadConfig({ ...PRODUCTION, CRM_WEBHOOK_URL: 'https://canary.example.com/x' });
    expect(Object.isFrozen(config)).toBe(true);
    const description = JSON.stringify(describeConfig(config));
    for (const value of ['canary', 'k1:', 'postgresql://', '"token"'])
      expect(description).not.toContain(value);
  });
});

describe('.env.example', () => {
  const lines = readFileSync(new URL('../.env.example', import.meta.url), 'utf8').split('\n');
  const shown = lines.flatMap((line) => {
    const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value ?? ''] as const];
  });

  it('lists every variable in the order of the configuration, then the local ones', () => {
    const names = Object.keys(describeConfig(loadConfig(REQUIRED)));
    expect(shown.map(([name]) => name)).toEqual([...names, ...LOCAL]);
  });

  it('explains every variable in one line above it', () => {
    const bare = lines.filter(
      (line, index) => /^[A-Z_]+=/.test(line) && !lines[index - 1]?.startsWith('# '),
    );
    expect(bare).toEqual([]);
  });

  it('shows the defaults', () => {
    const example = Object.fromEntries(shown.filter(([name]) => !LOCAL.includes(name)));
    expect(loadConfig({ ...example, ...REQUIRED })).toEqual(loadConfig(REQUIRED));
  });
});
