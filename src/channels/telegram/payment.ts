import type { Payment } from '../../domain/message-details.ts';
import type { PaymentIn } from './bodies.ts';

/**
 * Digits past the decimal point where there are not two of them: ISO 4217, with which Telegram's own
 * list agrees, and Telegram's currencies.
 */
const DIGITS: Record<string, number> = {
  ...digits(0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF XTR'),
  ...digits(3, 'BHD IQD JOD KWD LYD OMR TND'),
  TON: 9,
};

function digits(count: number, currencies: string): Record<string, number> {
  return Object.fromEntries(currencies.split(' ').map((currency) => [currency, count]));
}

/** Follows `SuccessfulPayment`, `RefundedPayment` and `Invoice` of the Bot API. */
export function paymentOf(given: PaymentIn, status: string): Payment {
  return {
    amount: decimalOf(given.total_amount, given.currency),
    currency: given.currency,
    amount_minor: given.total_amount,
    payload: given.invoice_payload,
    platform_charge_id: given.telegram_payment_charge_id,
    provider_charge_id: given.provider_payment_charge_id,
    status,
  };
}

/** Null where nobody knows how many of the smallest unit make a whole one. */
function decimalOf(minor: number | null, currency: string | null): string | null {
  if (minor === null || currency === null || !/^[A-Z]{3}$/.test(currency)) return null;
  const count = DIGITS[currency] ?? 2;
  const padded = String(Math.abs(minor)).padStart(count + 1, '0');
  const [whole, rest] = [padded.slice(0, padded.length - count), padded.slice(-count)];
  return `${minor < 0 ? '-' : ''}${count === 0 ? padded : `${whole}.${rest}`}`;
}
