import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { describeConfig, loadConfig } from '../../src/config.ts';
import { readDocument, ROOT, tableUnder } from './documents.ts';

const REQUIRED = {
  DATABASE_URL: 'postgresql://localhost/test',
  ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
};
const readme = readDocument('README.md');
const everywhere = tableUnder(readme, '### Every process');
const onlyLocally = tableUnder(readme, '### Only `npm start`');
const names = (rows: string[][]) => rows.map(([name]) => name ?? '');

describe('the configuration tables of the README', () => {
  it('name exactly the variables that the configuration reads', () => {
    const read = Object.keys(describeConfig(loadConfig(REQUIRED)));
    expect(names(everywhere).toSorted()).toEqual(read.toSorted());
  });

  it('name exactly the variables that npm start reads beside them', () => {
    const source = readFileSync(join(ROOT, 'src/local/settings.ts'), 'utf8');
    const read = [...source.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name = '']) => name);
    const own = read.filter((name) => !names(everywhere).includes(name));
    expect(names(onlyLocally).toSorted()).toEqual(own.toSorted());
  });

  it('give the defaults that hold', () => {
    const plain = loadConfig(REQUIRED);
    for (const [name = '', value = ''] of everywhere) {
      if (['not set', 'required', 'empty'].includes(value)) {
        const bare: Record<string, string> = { ...REQUIRED };
        delete bare[name];
        if (value === 'required') expect(() => loadConfig(bare)).toThrow(name);
        else expect(describeConfig(plain)[name]).toMatch(/^(not set|)$/);
      } else expect(loadConfig({ ...REQUIRED, [name]: value })).toEqual(plain);
    }
  });

  it('stand beside an .env.example with the same variables', () => {
    const example = readFileSync(join(ROOT, '.env.example'), 'utf8');
    const listed = [...example.matchAll(/^([A-Z][A-Z_]+)=/gm)].map(([, name = '']) => name);
    const onlyCompose = ['POSTGRES_PASSWORD'];
    const known = [...names(everywhere), ...names(onlyLocally), ...onlyCompose];
    expect(listed.toSorted()).toEqual(known.toSorted());
  });
});
