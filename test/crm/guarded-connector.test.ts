import { describe, expect, it } from '@jest/globals';
import { createAddressGuard } from '../../src/crm/address-guard.ts';
import { DialError } from '../../src/crm/failure-class.ts';
import { createGuardedConnector } from '../../src/crm/guarded-connector.ts';
import { listen } from './test-server.ts';

describe('the connector', () => {
  it.each(['127.0.0.1', '::1', '[::1]', '::ffff:127.0.0.1'])(
    'dials no forbidden address that is given as such: %s',
    async (hostname) => {
      const server = await listen(() => undefined);
      const guard = createAddressGuard({ allowedNetworks: [], requireHttps: false });
      const connect = createGuardedConnector(guard, 1000);
      const error = await new Promise((resolve) =>
        connect({ hostname, protocol: 'http:', port: String(server.port) }, (...[failure]) =>
          resolve(failure),
        ),
      );
      expect(error).toBeInstanceOf(DialError);
      expect(error).toMatchObject({ failure: 'forbidden_address' });
      expect(server.received).toEqual([]);
      await server.close();
    },
  );
});
