/** A JSON object of the platform. */
export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Ids are strings here and numbers there: all of them fit in 52 bits. */
export function idNumber(id: string): number {
  return Number(id);
}

/** The platform's times: whole seconds since 1970. */
export function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/** JSON as the platform writes it: everything but ASCII as lower-case `\uXXXX`. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
