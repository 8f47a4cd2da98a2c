import { createCheckAccountActivities, type CheckAccountDeps } from './check-account.ts';
import { createDeliverEvents, type DeliverEventsDeps } from './deliver-events.ts';
import { createFetchMessage, type FetchMessageDeps } from './fetch-message.ts';
import { createFetchProfile, type FetchProfileDeps } from './fetch-profile.ts';
import { createDeadLetterActivities, type DeadLetterDeps } from './handle-dead-letter.ts';
import { createMirrorBatch, type MirrorBatchDeps } from './mirror-batch.ts';
import { createRecordOutcome, type RecordOutcomeDeps } from './record-outcome.ts';
import { createReplayBatch, type ReplayBatchDeps } from './replay-batch.ts';
import { createSendMessage, type SendMessageDeps } from './send-message.ts';

export type ActivityDeps = SendMessageDeps &
  DeliverEventsDeps &
  FetchMessageDeps &
  FetchProfileDeps &
  RecordOutcomeDeps &
  DeadLetterDeps &
  MirrorBatchDeps &
  ReplayBatchDeps &
  CheckAccountDeps;

export type Activities = ReturnType<typeof createActivities>;

/** Every activity of the router, over the ports it needs. */
export function createActivities(deps: ActivityDeps) {
  return {
    sendMessage: createSendMessage(deps),
    recordOutcome: createRecordOutcome(deps),
    deliverEvents: createDeliverEvents(deps),
    fetchMessage: createFetchMessage(deps),
    fetchProfile: createFetchProfile(deps),
    ...createDeadLetterActivities(deps),
    mirrorBatch: createMirrorBatch(deps),
    replayBatch: createReplayBatch(deps),
    ...createCheckAccountActivities(deps),
  };
}
