export { checkAccounts, checkChannelAccounts } from './check-accounts.ts';
export { conversation } from './conversation.ts';
export { deadLetter } from './dead-letter.ts';
export { fetchMessage } from './fetch-message.ts';
export { mirrorToCrm } from './mirror-to-crm.ts';
export { replayDeadLetters } from './replay-dead-letters.ts';
export { sendMessage } from './send-message.ts';
