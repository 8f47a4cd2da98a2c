/** Digits of a number as people write it: "+55 (41) 98765-0001" gives 5541987650001. */
export function digitsOf(number: string): string {
  return number.replace(/\D/g, '');
}

/**
 * The number under which WhatsApp keeps an account. Brazilian mobile numbers lose the ninth digit,
 * Mexican and Argentinian ones the digit after the country code, so `wa_id` differs from `input`.
 */
export function canonical(digits: string): string {
  return digits
    .replace(/^(55[1-9]\d)9(\d{8})$/, '$1$2')
    .replace(/^521(\d{10})$/, '52$1')
    .replace(/^549(\d{10,11})$/, '54$1');
}

/** Good enough to prepend the business's own country code to a number without a plus. */
export function countryCodeOf(digits: string): string {
  return /^[17]/.test(digits) ? digits.slice(0, 1) : digits.slice(0, 2);
}

/** "15550100001" as the platform shows it: "+1 555-010-0001". */
export function displayed(digits: string): string {
  const code = countryCodeOf(digits);
  const rest = digits.slice(code.length);
  return `+${code} ${[rest.slice(0, 3), rest.slice(3, 6), rest.slice(6)].filter(Boolean).join('-')}`;
}
