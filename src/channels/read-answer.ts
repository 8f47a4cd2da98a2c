import type { z } from 'zod';
import { ChannelError } from './channel.ts';

/** A platform's answer as the schema reads it. Throws {@link ChannelError} where it does not fit. */
export function readAnswer<T>(platform: string, schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new ChannelError(
    'unreachable',
    'UNREADABLE',
    `${platform} answered in a form we cannot read.`,
  );
}
