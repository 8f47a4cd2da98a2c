import { instagram } from '../platforms/instagram.ts';
import { telegram } from '../platforms/telegram.ts';
import { whatsapp } from '../platforms/whatsapp.ts';
import type { Scenario } from '../scenario.ts';
import { apiKilledBeforeDispatch } from './api-killed-before-dispatch.ts';
import { apiKilledReceiving } from './api-killed-receiving.ts';
import { connectorStopped } from './connector-stopped.ts';
import { crmAnswers } from './crm-answers.ts';
import { crmAnswersHuge } from './crm-answers-huge.ts';
import { crmDownForADay } from './crm-down-for-a-day.ts';
import { deadLettersReplayed } from './dead-letters-replayed.ts';
import { decisions } from './decisions.ts';
import { messagesReplayed } from './messages-replayed.ts';
import { mysqlAway } from './mysql-away.ts';
import { oneDeadEndpoint } from './one-dead-endpoint.ts';
import { INSTAGRAM_ANSWERS } from './instagram-answers.ts';
import { platformAnswers } from './platform-answers.ts';
import { TELEGRAM_ANSWERS } from './telegram-answers.ts';
import { WHATSAPP_ANSWERS } from './whatsapp-answers.ts';
import { whatsappFailsLater } from './whatsapp-fails-later.ts';
import { whatsappStatusesOutOfTurn } from './whatsapp-statuses-out-of-turn.ts';
import { poison } from './poison.ts';
import { postgresCrashed } from './postgres-crashed.ts';
import { postgresFrozen } from './postgres-frozen.ts';
import { rollingRestart } from './rolling-restart.ts';
import { statusesOutOfTurn } from './statuses-out-of-turn.ts';
import { temporalAway } from './temporal-away.ts';
import { unknownWithEvidence } from './unknown-with-evidence.ts';
import { unknownWithoutEvidence } from './unknown-without-evidence.ts';
import { webhooksRepeated } from './webhooks-repeated.ts';
import { workerKilledAfterBytes } from './worker-killed-after-bytes.ts';
import { workerKilledBeforeCall } from './worker-killed-before-call.ts';
import { workerKilledBeforeRecord } from './worker-killed-before-record.ts';

/** Every row of the table, in its order. */
export const scenarios: Scenario[] = [
  workerKilledBeforeCall,
  workerKilledAfterBytes,
  workerKilledBeforeRecord,
  apiKilledBeforeDispatch,
  apiKilledReceiving,
  postgresCrashed,
  postgresFrozen,
  temporalAway,
  mysqlAway,
  crmAnswers,
  crmAnswersHuge,
  oneDeadEndpoint,
  crmDownForADay,
  platformAnswers(instagram, INSTAGRAM_ANSWERS),
  platformAnswers(whatsapp, WHATSAPP_ANSWERS),
  platformAnswers(telegram, TELEGRAM_ANSWERS),
  // Telegram never tells what became of a message.
  unknownWithEvidence(instagram),
  unknownWithEvidence(whatsapp),
  unknownWithoutEvidence(instagram),
  unknownWithoutEvidence(whatsapp),
  unknownWithoutEvidence(telegram),
  webhooksRepeated(instagram),
  webhooksRepeated(whatsapp),
  webhooksRepeated(telegram),
  statusesOutOfTurn,
  whatsappStatusesOutOfTurn,
  whatsappFailsLater,
  poison,
  deadLettersReplayed,
  messagesReplayed,
  decisions,
  rollingRestart,
  connectorStopped,
];
