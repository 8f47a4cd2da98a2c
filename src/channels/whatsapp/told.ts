import type { Told } from '../left-over.ts';

const each = (parent: string, names: string) => names.split(' ').map((name) => `${parent}.${name}`);
const MEDIA = ['image', 'video', 'audio', 'voice', 'document', 'sticker'];

/** What of a message stands elsewhere; everything else is passed on as WhatsApp wrote it. */
export const TOLD: Told = {
  always: [
    ...['id', 'type', 'timestamp', 'from', 'to', 'group_id'],
    ...['from_user_id', 'to_user_id', 'from_parent_user_id', 'to_parent_user_id'],
    ...each('context', 'id from forwarded frequently_forwarded'),
    ...each(
      'interactive.call_permission_reply',
      'is_permanent expiration_timestamp response_source',
    ),
    ...each('errors.0', 'code title message details error_data.details'),
    // Of a file: its address needs our token, and its id is what it is fetched by.
    ...MEDIA.map((kind) => `${kind}.url`),
    'interactive.type',
    'referral.source_type',
  ],
  ifHeld: [
    'text.body',
    ...MEDIA.flatMap((kind) => each(kind, 'id mime_type caption filename')),
    ...each('location', 'latitude longitude name address url'),
    ...each('contacts.*.name', 'formatted_name first_name last_name'),
    ...each('contacts.*.org', 'company department title'),
    ...each('contacts.*.phones.*', 'phone wa_id type'),
    ...each('contacts.*.emails.*', 'email type'),
    ...each('contacts.*.urls.*', 'url type'),
    ...each('contacts.*.addresses.*', 'street city state zip country type'),
    ...each('contacts.*', 'birthday vcard'),
    ...each('order', 'catalog_id text'),
    ...each('order.product_items.*', 'product_retailer_id quantity item_price currency'),
    ...each('interactive.button_reply', 'id title description'),
    ...each('interactive.list_reply', 'id title description'),
    ...each('interactive.nfm_reply', 'body response_json'),
    ...['action', 'product', 'product_reply'].flatMap((member) =>
      each(`interactive.${member}`, 'catalog_id product_retailer_id'),
    ),
    'interactive.call_permission_reply.response',
    ...each('button', 'text payload'),
    'unsupported.type',
    ...each(
      'referral',
      'source_id source_url ref headline body image_url video_url thumbnail_url ctwa_clid',
    ),
    ...each('context.referred_product', 'catalog_id product_retailer_id'),
    ...each('product', 'catalog_id product_retailer_id'),
  ],
};
