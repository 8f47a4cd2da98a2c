import type { LookupAddress } from 'node:dns';
import { describe, expect, it, jest } from '@jest/globals';
import { createAddressGuard, type Resolve } from '../../src/crm/address-guard.ts';

const PUBLIC = '93.184.215.14';
const strict = guard();

describe('the addresses a webhook may go to', () => {
  it.each([
    ['this network', '0.0.0.0', '0.1.2.3'],
    ['private 10/8', '10.0.0.1', '10.255.255.255'],
    ['shared address space', '100.64.0.1', '100.127.255.254', '100.100.100.200'],
    ['loopback', '127.0.0.1', '127.255.255.254'],
    ['link-local and cloud metadata', '169.254.169.254', '169.254.0.1', '169.254.170.2'],
    ['private 172.16/12', '172.16.0.1', '172.31.255.255'],
    ['IETF protocol assignments', '192.0.0.8', '192.0.0.192'],
    ['documentation', '192.0.2.1', '198.51.100.1', '203.0.113.1'],
    ['6to4 relays', '192.88.99.1'],
    ['private 192.168/16', '192.168.0.1', '192.168.255.255'],
    ['benchmarks', '198.18.0.1', '198.19.255.255'],
    ['multicast', '224.0.0.1', '239.255.255.250'],
    ['reserved', '240.0.0.1', '255.255.255.254'],
    ['broadcast', '255.255.255.255'],
    ["Azure's host", '168.63.129.16'],
    ['unspecified and loopback of IPv6', '::', '::1'],
    [
      'mapped IPv4',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '::ffff:a9fe:a9fe',
      '0:0:0:0:0:ffff:a00:1',
    ],
    ['compatible and translated IPv4', '::127.0.0.1', '::ffff:0:127.0.0.1'],
    ['NAT64', '64:ff9b::7f00:1', '64:ff9b::10.0.0.1', '64:ff9b:1::1'],
    ['discard', '100::1'],
    ['Teredo and other IETF assignments', '2001::1', '2001:2::1', '2001:10::1', '2001:20::1'],
    ['documentation of IPv6', '2001:db8::1', '3fff::1', '3fff:fff:ffff::1'],
    ['6to4', '2002:7f00:1::', '2002:a9fe:a9fe::1'],
    ['segment routing', '5f00::1'],
    ['unique local', 'fc00::1', 'fd00:ec2::254', 'fdff:ffff::1'],
    ['link-local and site-local', 'fe80::1', 'fe80::1%eth0', 'febf::1', 'fec0::1'],
    ['multicast of IPv6', 'ff02::1', 'ff0e::1'],
    ['unassigned space', '4000::1', '1::1', '200::1'],
    ['what is no address', '', 'localhost', '127.1', '0x7f000001', '2130706433', '1.2.3.4 ', ':::'],
  ])('are not those of %s', (_, ...addresses) => {
    expect(addresses.filter((address) => strict.allows(address))).toEqual([]);
  });

  it('are public ones', () => {
    const addresses = [PUBLIC, '1.1.1.1', '::ffff:1.1.1.1', '100.63.255.255', '172.32.0.1'];
    const v6 = ['2606:4700::1111', '2a00:1450:4001:81b::200e', '2001:4860:4860::8888'];
    expect([...addresses, ...v6].filter((address) => !strict.allows(address))).toEqual([]);
  });

  it('are others only where a listed network holds them', () => {
    const { allows } = guard({ allowedNetworks: ['10.1.0.0/16', '127.0.0.1', 'fd00::/8'] });
    expect(['10.1.2.3', '127.0.0.1', '::ffff:10.1.2.3', 'fd12::1'].every(allows)).toBe(true);
    expect(['10.2.0.1', '127.0.0.2', 'fc00::1', '::1', '169.254.169.254'].some(allows)).toBe(false);
  });

  it.each([
    '10.0.0.0/33',
    '10/8',
    'localhost',
    '10.0.0.0/',
    '::1/129',
    '1.2.3.4/8/8',
    '10.0.0.0/-1',
  ])('cannot be listed as %j, and the error names the variable', (network) => {
    expect(() => guard({ allowedNetworks: [network] })).toThrow(
      `WEBHOOK_ALLOWED_NETWORKS: "${network}" is not a network`,
    );
  });
});

describe('a webhook URL', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://127.0.1/',
    'http://0177.0.0.1/',
    'http://0x7f.1/',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://017700000001/',
    'http://①②⑦.⓪.⓪.①/',
    'http://127。0。0。1/',
    'http://127.0.0.1./',
    'http://%31%32%37.0.0.1/',
    'http://0/',
    'http://0.0.0.0:8000/',
    'http://[::]/',
    'http://[::1]/',
    'http://[0:0:0:0:0:0:0:1]:8000/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://[::ffff:0:127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[fd00:ec2::254]/',
    'http://[fe80::1]/',
    'http://10.1/',
    'http://012.0.0.1/',
    'http://192.168.257/',
    'http://0xc0a80001/',
    'http://172.16.0.1:22/',
    'https://100.64.0.1/',
    'http:127.0.0.1',
    'http:\\\\127.0.0.1\\',
    'http://\t127.0.0.1/',
  ])('with the literal address in %j is refused for it', (url) => {
    expect(strict.refusal(url)).toBe('address');
  });

  it.each([
    ['not a URL', 'not_a_url'],
    ['', 'not_a_url'],
    ['//crm.example/hook', 'not_a_url'],
    ['http://', 'not_a_url'],
    ['http://[fe80::1%25eth0]/', 'not_a_url'],
    ['http://256.1.1.1/', 'not_a_url'],
    ['file:///etc/passwd', 'scheme'],
    ['gopher://crm.example/', 'scheme'],
    ['ftp://crm.example/', 'scheme'],
    ['javascript:alert(1)', 'scheme'],
    ['data:text/plain,x', 'scheme'],
    ['https://user:secret@crm.example/', 'credentials'],
    ['https://user@crm.example/', 'credentials'],
    ['https://crm.example@127.0.0.1/', 'credentials'],
    ['https://crm.example/#part', 'fragment'],
    ['https://crm.example/#', 'fragment'],
    ['https://crm.example/a b', 'not_a_url'],
    ['https://crm.example/\n', 'not_a_url'],
    ['https://crm..example/', 'not_a_url'],
    ['https://.crm.example/', 'not_a_url'],
    ['https://crm.example../', 'not_a_url'],
    [`https://${'x'.repeat(64)}.example/`, 'not_a_url'],
    [`https://${'x'.repeat(60)}.${'y.'.repeat(97)}example/`, 'not_a_url'],
    ['https://crm.example:0/', 'port'],
    ['http://localhost/', 'address'],
    ['http://LOCALHOST.:8000/', 'address'],
    ['http://crm.localhost/', 'address'],
    ['http://metadata.google.internal/', 'address'],
    ['http://printer.local/', 'address'],
    ['http://nas.home.arpa./', 'address'],
  ])('%j is refused: %s', (url, refusal) => {
    expect(strict.refusal(url)).toBe(refusal);
  });

  it('needs https where that is required, and nothing else then', () => {
    const { refusal } = guard({ requireHttps: true });
    expect(refusal('http://crm.example/')).toBe('https_required');
    expect(refusal('https://crm.example:8443/hook?x=1')).toBeNull();
    expect(strict.refusal('http://crm.example/')).toBeNull();
  });
});

describe('a name that leads into a private network', () => {
  it.each(['http://localhost:8100/', 'http://crm.internal/', 'http://crm.local/'])(
    'may be set where its network may be called: %s',
    (url) => {
      const { refusal } = guard({ allowedNetworks: ['127.0.0.0/8', '10.0.0.0/8'] });
      expect(refusal(url)).toBeNull();
    },
  );

  it('may be set where only DNS could tell', () => {
    for (const url of ['http://intranet/', 'https://localhost.example/', 'https://internal/'])
      expect(strict.refusal(url)).toBeNull();
  });

  it('is no loopback unless the loopback may be called', () => {
    const { refusal } = guard({ allowedNetworks: ['10.0.0.0/8'] });
    expect(refusal('http://localhost/')).toBe('address');
  });
});

describe('looking up a name to dial', () => {
  it.each([
    ['localhost', ['127.0.0.1', '::1']],
    ['localhost.', ['127.0.0.1']],
    ['127.0.0.1.nip.io', ['127.0.0.1']],
    ['metadata.google.internal', ['169.254.169.254']],
    ['only-aaaa.example', ['::1']],
    ['mixed.example', [PUBLIC, '10.0.0.1']],
    ['mixed-v6.example', [PUBLIC, 'fd00::1']],
    ['mapped.example', ['::ffff:10.0.0.1']],
    ['broken-resolver.example', ['not an address']],
  ])('refuses %s, which has a forbidden address', async (hostname, addresses) => {
    await expect(look(guard({ resolve: always(addresses) }), hostname)).rejects.toMatchObject({
      reason: 'forbidden_address',
    });
  });

  it('refuses localhost with the resolver of the system, too', async () => {
    for (const hostname of ['localhost', 'localhost.'])
      await expect(look(strict, hostname)).rejects.toHaveProperty('name', 'AddressError');
  });

  it('hands out the very addresses it judged, asked for once', async () => {
    const resolve = jest.fn<Resolve>(always([PUBLIC, '2606:4700::1111']));
    await expect(look(guard({ resolve }), 'crm.example')).resolves.toEqual([
      { address: PUBLIC, family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ]);
    expect(resolve).toHaveBeenCalledTimes(1);
  });

  it('judges anew at each connection, so that a rebound name is refused', async () => {
    const answers = [[PUBLIC], ['127.0.0.1']];
    const rebinding = guard({ resolve: (name) => always(answers.shift() ?? [])(name) });
    await expect(look(rebinding, 'crm.example')).resolves.toHaveLength(1);
    await expect(look(rebinding, 'crm.example')).rejects.toMatchObject({
      reason: 'forbidden_address',
    });
  });

  it('says dns when the name has no address or the resolver fails', async () => {
    const failing = () => Promise.reject(new Error('SERVFAIL'));
    for (const resolve of [always([]), failing])
      await expect(look(guard({ resolve }), 'x.example')).rejects.toMatchObject({ reason: 'dns' });
  });

  it('keeps the name and the addresses out of its errors', async () => {
    const refused = look(guard({ resolve: always(['10.9.8.7']) }), 'secret.example');
    const error = await refused.catch((reason: Error) => reason);
    expect(error).toHaveProperty('message', expect.any(String));
    expect(JSON.stringify(error) + (error as Error).message).not.toMatch(/10\.9\.8\.7|secret/);
  });
});

function guard(options: Partial<Parameters<typeof createAddressGuard>[0]> = {}) {
  return createAddressGuard({ allowedNetworks: [], requireHttps: false, ...options });
}

function always(addresses: string[]): Resolve {
  return () =>
    Promise.resolve(
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
}

function look(from: ReturnType<typeof guard>, hostname: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) =>
    from.lookup(hostname, { all: true }, (error, addresses) =>
      error ? reject(error) : resolve(addresses as LookupAddress[]),
    ),
  );
}
