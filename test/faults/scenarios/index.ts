import type { Scenario } from '../scenario.ts';
import { apiKilledBeforeDispatch } from './api-killed-before-dispatch.ts';
import { apiKilledReceiving } from './api-killed-receiving.ts';
import { crmAnswers } from './crm-answers.ts';
import { crmDownForADay } from './crm-down-for-a-day.ts';
import { deadLettersReplayed } from './dead-letters-replayed.ts';
import { oneDeadEndpoint } from './one-dead-endpoint.ts';
import { platformAnswers } from './platform-answers.ts';
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
  crmAnswers,
  oneDeadEndpoint,
  crmDownForADay,
  platformAnswers,
  unknownWithEvidence,
  unknownWithoutEvidence,
  webhooksRepeated,
  statusesOutOfTurn,
  poison,
  deadLettersReplayed,
  rollingRestart,
];
