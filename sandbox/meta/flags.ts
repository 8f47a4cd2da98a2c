/** The same value with every flag in it as text, at any depth. */
export function flagsAsText(value: unknown): unknown {
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.map(flagsAsText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, flagsAsText(member)]),
  );
}
