import type { Method } from './method.ts';

/** https://core.telegram.org/bots/api#logout: the fake server serves the bot all the same. */
export const logOut: Method = () => ({ result: true });

/** https://core.telegram.org/bots/api#close: there is no other server to move the bot to. */
export const close: Method = () => ({ result: true });
