/**
 * The same value with every text made storable: PostgreSQL refuses NUL, and a lone surrogate would
 * silently become another character on its way to UTF-8.
 */
export function wellFormed<Value>(value: Value): Value {
  return clean(value) as Value;
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '').toWellFormed();
  if (Array.isArray(value)) return value.map(clean);
  if (
    value !== null &&
    typeof value === 'object' &&
    Object.getPrototypeOf(value) === Object.prototype
  )
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [clean(key), clean(each)]),
    );
  return value;
}
