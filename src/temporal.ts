import { readFileSync } from 'node:fs';
import type { Config } from './config.ts';

/** How to reach Temporal: the same for clients and workers. Reads the TLS files when there are any. */
export function temporalConnectionOptions(config: Config) {
  const { TEMPORAL_TLS_CA_PATH, TEMPORAL_TLS_CERT_PATH, TEMPORAL_TLS_KEY_PATH } = config;
  const certificate = TEMPORAL_TLS_CERT_PATH && TEMPORAL_TLS_KEY_PATH;
  const tls = {
    ...(TEMPORAL_TLS_CA_PATH
      ? { serverRootCACertificate: readFileSync(TEMPORAL_TLS_CA_PATH) }
      : {}),
    ...(certificate
      ? {
          clientCertPair: {
            crt: readFileSync(TEMPORAL_TLS_CERT_PATH),
            key: readFileSync(TEMPORAL_TLS_KEY_PATH),
          },
        }
      : {}),
  };
  return {
    address: config.TEMPORAL_ADDRESS,
    ...(config.TEMPORAL_API_KEY ? { apiKey: config.TEMPORAL_API_KEY } : {}),
    ...(Object.keys(tls).length > 0 ? { tls } : config.TEMPORAL_API_KEY ? { tls: true } : {}),
  };
}
