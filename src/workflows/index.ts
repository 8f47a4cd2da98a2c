export { conversation } from './conversation.ts';
export { deadLetter } from './dead-letter.ts';
export { replayDeadLetters } from './replay-dead-letters.ts';
export { sendMessage } from './send-message.ts';
