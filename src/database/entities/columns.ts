import { p } from '@mikro-orm/core';

/** Column kinds that every entity shares, so that a time is a `timestamptz` in microseconds everywhere. */

export const id = () => p.text().primary();
export const uuid = () => p.uuid();
export const text = () => p.text();
export const time = () => p.datetime().columnType('timestamptz');
export const now = () => p.datetime().columnType('timestamptz').defaultRaw('now()');
export const counter = () => p.bigint().default(0);
