import { z } from 'zod';

const ms = z.int().min(0);
const limit = z.int().min(1).nullable();

/** What `PUT /control/telegram/settings` takes: any of those in settings.ts. */
export const Settings = z
  .strictObject({
    retry_scale: z.number().min(0),
    timeout_ms: z.int().min(1),
    expire_after_ms: ms,
    callback_expire_after_ms: ms,
    gone_after_ms: ms,
    set_webhook_gap_ms: ms,
    file_path_ms: ms,
    chat_per_second: limit,
    group_per_minute: limit,
    bot_per_second: limit,
    length_unit: z.enum(['utf16', 'code_points']),
    malformed_token_status: z.union([z.literal(401), z.literal(404)]),
    private_reactions: z.boolean(),
  })
  .partial();
