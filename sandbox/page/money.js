/**
 * What the lines of an order cost together, as "28.5 EUR"; null where that cannot be told. Counted
 * in whole numbers, for 0.1 + 0.2 is not 0.3.
 */
export function totalOf(items) {
  const currencies = new Set(items.map(({ currency }) => currency));
  const prices = items.map(({ price }) => /^(\d+)(?:\.(\d+))?$/.exec(price ?? ''));
  const isWhole = items.every(({ quantity }) => Number.isSafeInteger(quantity));
  if (items.length === 0 || currencies.size !== 1 || !isWhole || prices.includes(null)) return null;
  const places = Math.max(...prices.map(([, , digits = '']) => digits.length));
  const total = prices.reduce(
    (sum, [, whole, digits = ''], index) =>
      sum + BigInt(whole + digits.padEnd(places, '0')) * BigInt(items[index].quantity),
    0n,
  );
  const digits = String(total).padStart(places + 1, '0');
  const amount = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
  return `${amount} ${[...currencies][0] ?? ''}`.trim();
}
