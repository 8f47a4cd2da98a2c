import type Router from '@koa/router';
import { type Ctx, bodyOf } from '../http.ts';
import { parameter } from '../meta/tokens.ts';
import { isObject } from './content.ts';
import { refusals } from './errors.ts';
import type { Account } from './state.ts';

/** Longest texts of a profile; `about` cannot be empty. */
const MAX_LENGTH: Record<string, number> = {
  about: 139,
  address: 256,
  description: 512,
  email: 128,
};
const MAX_WEBSITES = 2;
const MAX_WEBSITE = 256;
const VERTICALS = new Set([
  ...['UNDEFINED', 'OTHER', 'AUTO', 'BEAUTY', 'APPAREL', 'EDU', 'ENTERTAIN', 'EVENT_PLAN'],
  ...['FINANCE', 'GROCERY', 'GOVT', 'HOTEL', 'HEALTH', 'NONPROFIT', 'PROF_SERVICES', 'RETAIL'],
  ...['TRAVEL', 'RESTAURANT', 'NOT_A_BIZ', 'ALCOHOL', 'ONLINE_GAMBLING', 'PHYSICAL_GAMBLING'],
  ...['OTC_DRUGS', 'MATRIMONY_SERVICE'],
]);
const MEMBERS = [...Object.keys(MAX_LENGTH), 'websites', 'vertical', 'profile_picture_url'];

/** What customers see of the business: `GET` and `POST /{phone number id}/whatsapp_business_profile`. */
export function addBusinessProfile(router: Router, numberOf: (ctx: Ctx) => Account): void {
  router.get('/:id/whatsapp_business_profile', (ctx) => {
    const { profile } = numberOf(ctx as Ctx);
    const all: Record<string, unknown> = {
      ...{ about: 'Hey there! I am using WhatsApp.', vertical: 'UNDEFINED' },
      ...profile,
    };
    const asked = new Set(parameter(ctx as Ctx, 'fields')?.split(',') ?? ['about']);
    const shown = Object.entries(all).filter(([name]) => asked.has(name));
    ctx.body = { data: [{ ...Object.fromEntries(shown), messaging_product: 'whatsapp' }] };
  });
  router.post('/:id/whatsapp_business_profile', (ctx) => {
    const account = numberOf(ctx as Ctx);
    account.profile = { ...account.profile, ...readProfile(bodyOf(ctx)) };
    ctx.body = { success: true };
  });
}

function readProfile(body: unknown): Record<string, unknown> {
  if (!isObject(body) || body['messaging_product'] !== 'whatsapp')
    throw refusals.missing('messaging_product');
  const given = Object.entries(body).filter(([name]) => MEMBERS.includes(name));
  for (const [name, value] of given) {
    if (name === 'websites') checkWebsites(value);
    else if (typeof value !== 'string') throw refusals.invalid(`${name} must be a string.`);
    else if (value.length > (MAX_LENGTH[name] ?? Infinity) || (name === 'about' && value === ''))
      throw refusals.invalid(`${name} must have at most ${MAX_LENGTH[name]} characters.`);
    else if (name === 'vertical' && !VERTICALS.has(value))
      throw refusals.invalid(`Param vertical must be one of {${[...VERTICALS].join(', ')}}.`);
  }
  return Object.fromEntries(given);
}

function checkWebsites(value: unknown): void {
  const fit =
    Array.isArray(value) &&
    value.length <= MAX_WEBSITES &&
    value.every(
      (site) => typeof site === 'string' && /^https?:\/\//.test(site) && site.length <= MAX_WEBSITE,
    );
  if (!fit)
    throw refusals.invalid(
      `websites has up to ${MAX_WEBSITES} addresses with http:// or https://.`,
    );
}
