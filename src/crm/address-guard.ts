import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

/** Resolves a name to every address it has. Rejects when there is none. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

export type AddressGuardOptions = {
  /** CIDRs (or single addresses) that may be dialled although they are not public. */
  allowedNetworks: readonly string[];
  /** Refuse `http:` addresses. */
  requireHttps: boolean;
  /** For tests; the system's resolver otherwise. */
  resolve?: Resolve | undefined;
};

/** Why an address that somebody typed in is not dialled. */
export type UrlRefusal =
  'not_a_url' | 'scheme' | 'https_required' | 'credentials' | 'fragment' | 'port' | 'address';

const PROBLEMS: Record<UrlRefusal, string> = {
  not_a_url: 'must be an http or https URL, without spaces',
  scheme: 'must be an http or https URL',
  https_required: 'must begin with https:// in production',
  credentials:
    'must not hold a user and password; an account may have an Authorization among its ' +
    'crm_webhook_headers instead',
  fragment: 'must not have a fragment (#…), which is never sent',
  port: 'must not have port 0',
  address:
    'must not lead into a private network; an operator may allow one with WEBHOOK_ALLOWED_NETWORKS',
};

/** What is wrong with the URL, and what to do, for whoever sets it. Never holds the URL. */
export function urlProblem(refusal: UrlRefusal): string {
  return PROBLEMS[refusal];
}

/**
 * Keeps requests to addresses that others choose away from our own network (SSRF). Names are
 * judged by the addresses they resolve to at the moment of dialling, so that a name whose answer
 * changes between a check and the call (DNS rebinding) gains nothing.
 */
export type AddressGuard = {
  /** What is wrong with a URL as far as it shows without asking DNS, or null. */
  refusal: (url: string) => UrlRefusal | null;
  /** Whether this IP address may be dialled. False for anything that is not an IP address. */
  allows: (address: string) => boolean;
  /**
   * For `net.connect`, which dials what this hands out and nothing else. Fails with an
   * {@link AddressError} if any address of the name is forbidden, or the name has none.
   */
  lookup: LookupFunction;
};

/** Says what went wrong before anything was dialled; never holds the address. */
export class AddressError extends Error {
  override name = 'AddressError';
  readonly reason: 'dns' | 'forbidden_address';
  constructor(reason: 'dns' | 'forbidden_address') {
    super(
      reason === 'dns'
        ? 'The host name has no address'
        : 'The host has an address outside the public internet and WEBHOOK_ALLOWED_NETWORKS',
    );
    this.reason = reason;
  }
}

/** Public by its range, but answered by the host of an Azure virtual machine (metadata, DHCP). */
const CLOUD_INTERNAL = new Set(['168.63.129.16']);
const GLOBAL_IPV6: Network = [ipaddr.IPv6.parse('2000::'), 3];

/** Throws an error naming WEBHOOK_ALLOWED_NETWORKS when an entry is not a network. */
export function createAddressGuard(options: AddressGuardOptions): AddressGuard {
  const networks = options.allowedNetworks.map(parseNetwork);
  const resolve = options.resolve ?? resolveWithSystem;
  const allows = (address: string) => isAllowed(address, networks);
  return {
    refusal: (url) => refusal(url, options.requireHttps, { allows, none: networks.length === 0 }),
    allows,
    lookup(hostname, { all }, callback) {
      vetted(hostname, resolve, allows).then(
        (addresses) =>
          all
            ? callback(null, addresses)
            : callback(null, addresses[0].address, addresses[0].family),
        (error: AddressError) => callback(error, []),
      );
    },
  };
}

/** The address in a URL's host, without the brackets of IPv6; null when it is a name. */
export function literalAddress(hostname: string): string | null {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) === 0 ? null : bare;
}

async function vetted(
  hostname: string,
  resolve: Resolve,
  allows: (address: string) => boolean,
): Promise<[LookupAddress, ...LookupAddress[]]> {
  const addresses = await resolve(hostname).catch(() => []);
  const [first, ...others] = addresses;
  if (!first) throw new AddressError('dns');
  // All, not some: net.connect would fall back to the bad one when the good one does not answer.
  if (!addresses.every(({ address }) => allows(address)))
    throw new AddressError('forbidden_address');
  return [first, ...others];
}

/** Where requests may go; `none`: to no network but the public one. */
type Reach = { allows: (address: string) => boolean; none: boolean };

function refusal(text: string, requireHttps: boolean, reach: Reach): UrlRefusal | null {
  const url = URL.parse(text);
  if (!url) return 'not_a_url';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'scheme';
  if (requireHttps && url.protocol !== 'https:') return 'https_required';
  if (url.username || url.password) return 'credentials';
  if (leadsInside(url.hostname, reach)) return 'address';
  // URL.parse drops line breaks and tabs without a word.
  if (/\s/.test(text) || !isName(url.hostname)) return 'not_a_url';
  if (text.includes('#')) return 'fragment';
  return url.port === '0' ? 'port' : null;
}

/** RFC 1035, 2.3.4: no name has an empty label, one over 63 characters, or over 253 in all. */
function isName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  return name.length <= 253 && name.split('.').every((label) => /^.{1,63}$/.test(label));
}

/** RFC 6762, RFC 8375, and ICANN's reservation of 2024: names for private networks only. */
const PRIVATE_NAME = /\.(?:local|internal|home\.arpa)$/;

/** Whether it is certain, without asking DNS, that the host would be refused when it is dialled. */
function leadsInside(hostname: string, { allows, none }: Reach): boolean {
  const literal = literalAddress(hostname);
  if (literal !== null) return !allows(literal);
  const name = hostname.replace(/\.$/, '');
  // RFC 6761: always the loopback, of either kind.
  if (/(?:^|\.)localhost$/.test(name)) return !allows('127.0.0.1') && !allows('::1');
  return none && PRIVATE_NAME.test(name);
}

function isAllowed(text: string, networks: readonly Network[]): boolean {
  // ipaddr.js also reads "0x7f.1" and the like; what a resolver or a URL hands out is canonical.
  if (isIP(text) === 0) return false;
  // ::ffff:10.0.0.1 reaches 10.0.0.1: it is judged as that.
  const address = ipaddr.process(text);
  return networks.some((network) => contains(network, address)) || isPublic(address);
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4'
    ? !CLOUD_INTERNAL.has(address.toString())
    : contains(GLOBAL_IPV6, address);
}

function contains([base, bits]: Network, address: Address): boolean {
  return base.kind() === address.kind() && address.match(base, bits);
}

/** What is wrong with an entry of WEBHOOK_ALLOWED_NETWORKS, or null. */
export function networkProblem(text: string): string | null {
  return readNetwork(text) ? null : `"${text}" is not a network such as 10.1.0.0/16`;
}

function parseNetwork(text: string): Network {
  const network = readNetwork(text);
  if (!network) throw new Error(`WEBHOOK_ALLOWED_NETWORKS: ${networkProblem(text)}`);
  return network;
}

function readNetwork(text: string): Network | null {
  const [address = '', bits, ...rest] = text.split('/');
  const valid =
    isIP(address) !== 0 && rest.length === 0 && (bits === undefined || /^\d+$/.test(bits));
  if (valid && bits === undefined) return [ipaddr.parse(address), isIP(address) === 4 ? 32 : 128];
  if (valid && ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  return null;
}

const lookupAll = promisify(systemLookup);

function resolveWithSystem(hostname: string): Promise<LookupAddress[]> {
  return lookupAll(hostname, { all: true });
}
