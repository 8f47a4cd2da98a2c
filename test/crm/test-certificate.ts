import { generateKeyPairSync, sign } from 'node:crypto';

/** A self-signed certificate and its key, PEM. */
export type TestCertificate = { key: string; cert: string };

const DAY_MS = 86_400_000;
const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));
const COMMON_NAME = oid('550403');
const SUBJECT_ALT_NAME = oid('551d11');

/**
 * Makes a self-signed certificate for a host name, with node:crypto alone: a machine that runs
 * the tests need not have openssl. DER by hand, RFC 5280 section 4.1.
 */
export function selfSigned(hostname: string, { expired = false } = {}): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now();
  const name = sequence(tag(0x31, sequence(COMMON_NAME, tag(0x0c, Buffer.from(hostname)))));
  const body = sequence(
    tag(0xa0, integer(2)),
    integer(now % 100_000_000),
    ECDSA_WITH_SHA256,
    name,
    sequence(utcTime(now - 2 * DAY_MS), utcTime(now + (expired ? -DAY_MS : DAY_MS))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tag(0xa3, sequence(sequence(SUBJECT_ALT_NAME, tag(0x04, sequence(dnsName(hostname)))))),
  );
  const signature = sign('sha256', body, privateKey);
  const der = sequence(body, ECDSA_WITH_SHA256, tag(0x03, Buffer.of(0), signature));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
  };
}

function tag(number: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(number, ...size), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return tag(0x30, ...parts);
}

function oid(hex: string): Buffer {
  return tag(0x06, Buffer.from(hex, 'hex'));
}

function integer(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(value, 1);
  const first = bytes.findIndex((byte) => byte !== 0);
  // A leading zero keeps a number whose first bit is set from being read as negative.
  return tag(0x02, bytes.subarray((bytes[first] ?? 0) > 127 ? first - 1 : first));
}

function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14);
  return tag(0x17, Buffer.from(`${digits}Z`));
}

function dnsName(hostname: string): Buffer {
  return tag(0x82, Buffer.from(hostname));
}
