import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { registerNamespace } from '../support/temporal.ts';
import type { Services } from './services.ts';

/** A database and a namespace that nobody else has; both have the same name. */
export type OwnPlace = { name: string; drop(): Promise<void> };

export async function makePlace({ postgres, temporal }: Services): Promise<OwnPlace> {
  const name = `faults_${randomBytes(5).toString('hex')}`;
  await query(postgres.url, `CREATE DATABASE ${name}`);
  const drop = () => query(postgres.url, `DROP DATABASE ${name} WITH (FORCE)`);
  try {
    await registerNamespace(temporal.address, name);
  } catch (error) {
    await drop();
    throw error;
  }
  return { name, drop };
}

async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
