import { z } from 'zod';
import { flag, text, url, words } from '../meta-json.ts';
import { known, MaybeMessageId, maybeText, PersonId } from './schema.ts';

/**
 * Bodies of the kinds of content. Members are read one by one, so that an odd one loses neither the
 * others nor the message.
 */

const maybeFlag = flag.nullish().catch(null);
const quantity = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d+(\.\d+)?$/)
      .transform(Number),
  ])
  .nullish()
  .catch(null);

export const TextBody = z.object({ body: text });

export const MediaBody = z.object({
  id: MaybeMessageId,
  mime_type: maybeText,
  caption: maybeText,
  filename: maybeText,
});

const degrees = (most: number) =>
  z
    .union([
      z.number(),
      z
        .string()
        .regex(/^-?\d+(\.\d+)?$/)
        .transform(Number),
    ])
    .pipe(z.number().min(-most).max(most));
export const LocationBody = z.object({
  latitude: degrees(90),
  longitude: degrees(180),
  name: words,
  address: words,
  url,
});

export const ContactsBody = known(
  z.object({
    name: z
      .object({ formatted_name: words, first_name: words, last_name: words })
      .nullish()
      .catch(null),
    birthday: words,
    org: z.object({ company: words, department: words, title: words }).nullish().catch(null),
    phones: known(z.object({ phone: words, wa_id: PersonId, type: words })),
    emails: known(z.object({ email: words, type: words })),
    urls: known(z.object({ url: words, type: words })),
    addresses: known(
      z.object({
        street: words,
        city: words,
        state: words,
        zip: words,
        country: words,
        type: words,
      }),
    ),
    vcard: words,
  }),
);
export type CardIn = NonNullable<z.output<typeof ContactsBody>>[number];

export const ProductIn = z.object({ catalog_id: words, product_retailer_id: words });
export type ProductIn = z.output<typeof ProductIn>;
const maybeProduct = ProductIn.nullish().catch(null);

export const OrderBody = z.object({
  catalog_id: words,
  text: maybeText,
  product_items: known(
    z.object({ product_retailer_id: words, quantity, item_price: words, currency: words }),
  ),
});

/** A product that a customer passes on, or that an echo shows. */
const products = { product: maybeProduct, product_reply: maybeProduct, action: maybeProduct };

const Choice = z.object({ id: words, title: words, description: words }).nullish().catch(null);
export const InteractiveBody = z.object({
  type: words,
  ...products,
  button_reply: Choice,
  list_reply: Choice,
  nfm_reply: z.object({ body: words, response_json: words }).nullish().catch(null),
  call_permission_reply: z
    .object({
      response: words,
      is_permanent: maybeFlag,
      expiration_timestamp: words,
      response_source: words,
    })
    .nullish()
    .catch(null),
});

export const ButtonBody = z.object({ text: words, payload: words });
export const UnsupportedBody = z.object({ type: words });

/** What any kind of message may have beside its body. */
export const Beside = z.object({
  referral: z
    .object({
      source_type: words,
      source_id: words,
      source_url: url,
      ref: words,
      headline: words,
      body: words,
      image_url: url,
      video_url: url,
      thumbnail_url: url,
      ctwa_clid: words,
    })
    .nullish()
    .catch(null),
  context: z
    .object({
      forwarded: maybeFlag,
      frequently_forwarded: maybeFlag,
      referred_product: maybeProduct,
    })
    .nullish()
    .catch(null),
  product: maybeProduct,
  interactive: z.object(products).nullish().catch(null),
});
export type Beside = z.output<typeof Beside>;

/** An error in place of content. */
export const Failure = z.object({
  code: words,
  title: words,
  message: words,
  details: words,
  error_data: z.object({ details: words }).nullish().catch(null),
});
