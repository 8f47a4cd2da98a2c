import { describe, expect, it } from '@jest/globals';
import { createRoutes } from '../../src/api/app.ts';
import type { Auth } from '../../src/api/route.ts';
import { createFakeDeps, createWorld } from '../api/support/fakes.ts';
import { readDocument, tableUnder } from './documents.ts';

const WRITTEN: Record<Auth, string> = {
  public: 'none',
  crm: '`crm` or `admin`',
  admin: 'admin',
};

describe('the table of keys and roles', () => {
  it('has every operation with the key that it needs, in the order of the documentation', () => {
    const routes = createRoutes(createFakeDeps(createWorld())).filter((route) => !route.hidden);
    const rows = tableUnder(readDocument('docs/keys-and-roles.md'), '## Every operation');
    expect(rows).toEqual(
      routes.map(({ method, path, auth }) => [`${method.toUpperCase()} ${path}`, WRITTEN[auth]]),
    );
  });
});
