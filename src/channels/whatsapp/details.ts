import type { z } from 'zod';
import type { MessageContent } from '../../domain/message.ts';
import type {
  ContactCard,
  MessageDetails,
  Order,
  Product,
  Referral,
} from '../../domain/message-details.ts';
import { toPlatformData } from '../../domain/platform-data.ts';
import { leftOver } from '../left-over.ts';
import { Beside, Failure } from './bodies.ts';
import type { CardIn, OrderBody, ProductIn } from './bodies.ts';
import { TOLD } from './told.ts';

/**
 * What a message carries beside its text and its files; `content` is what was read of its body, with
 * details of its kind. Members without anything are absent.
 */
export function detailsOf(
  item: Record<string, unknown>,
  content: MessageContent,
  errors: readonly unknown[],
): MessageDetails {
  const beside = Beside.safeParse(item).data;
  const details: MessageDetails = {
    ...content.details,
    referral: beside?.referral ? referralOf(beside.referral) : undefined,
    product: productIn(beside),
    forwarded: forwardedOf(beside?.context),
    unsupported: content.type === 'unsupported' ? reasonOf(item, content, errors) : undefined,
  };
  const left = leftOver(item, TOLD, { ...content, details });
  return present({ ...details, platform_data: toPlatformData(left) });
}

function present(details: MessageDetails): MessageDetails {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
}

function referralOf(given: NonNullable<Beside['referral']>): Referral {
  return {
    source: given.source_type?.toLowerCase() ?? null,
    source_id: given.source_id,
    ref: given.ref,
    click_id: given.ctwa_clid,
    headline: given.headline,
    body: given.body,
    url: given.source_url ?? null,
    media_url: given.image_url ?? given.video_url ?? given.thumbnail_url ?? null,
    product: null,
  };
}

/** The first that names a product: a list has an `action` as well. */
function productIn(beside: Beside | undefined): Product | undefined {
  const { context, product, interactive } = beside ?? {};
  const { product: shown, product_reply: reply, action } = interactive ?? {};
  const found = [context?.referred_product, product, shown, reply, action].find(namesProduct);
  if (!found) return undefined;
  const { catalog_id, product_retailer_id: product_id } = found;
  return { catalog_id, product_id, title: null, url: null };
}

/** Whether an interactive message, or what it was answered with, is one product. */
export function namesProduct(given: ProductIn | null | undefined): given is ProductIn {
  return (given?.product_retailer_id ?? null) !== null;
}

/** WhatsApp tells that it was passed on, and not by whom. */
function forwardedOf(context: Beside['context']): MessageDetails['forwarded'] {
  const frequently = context?.frequently_forwarded === true;
  return frequently || context?.forwarded ? { from: null, at: null, frequently } : undefined;
}

/** The first error says why; without one, the name of the kind is all that is known. */
function reasonOf(
  item: Record<string, unknown>,
  { attachments: [named] }: MessageContent,
  beside: readonly unknown[],
): MessageDetails['unsupported'] {
  const own = Array.isArray(item['errors']) ? (item['errors'] as unknown[]) : [];
  const failure = [...own, ...beside]
    .map((error) => Failure.safeParse(error).data)
    .find((error) => error?.code ?? error?.title ?? error?.message);
  if (!failure) return named?.title ? { code: named.title, reason: null } : undefined;
  const { code, title, message, details, error_data: data } = failure;
  const reason = new Set([title ?? message, data?.details ?? details].filter(Boolean));
  return { code, reason: [...reason].join(': ') || null };
}

/** A contact card, whole. */
export function cardOf(card: CardIn): ContactCard {
  const { name, org, phones, emails, urls, addresses } = card;
  return {
    name: name?.formatted_name ?? null,
    first_name: name?.first_name ?? null,
    last_name: name?.last_name ?? null,
    company: org?.company ?? null,
    department: org?.department ?? null,
    job_title: org?.title ?? null,
    birthday: card.birthday,
    phones: (phones ?? []).map(({ phone, type, wa_id: id }) => ({
      number: phone ?? (id ? `+${id}` : null),
      type,
      platform_id: id ?? null,
    })),
    emails: (emails ?? []).flatMap(({ email, type }) => (email ? [{ email, type }] : [])),
    urls: (urls ?? []).flatMap(({ url, type }) => (url ? [{ url, type }] : [])),
    addresses: addresses ?? [],
    platform_id: null,
    vcard: card.vcard,
  };
}

/** What was ordered, with the price of one piece. */
export function orderOf({ catalog_id, product_items: items }: z.output<typeof OrderBody>): Order {
  return {
    catalog_id,
    items: (items ?? []).map((item) => ({
      product_id: item.product_retailer_id,
      quantity: item.quantity ?? null,
      price: item.item_price,
      currency: item.currency,
    })),
  };
}
