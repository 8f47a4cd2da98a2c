import { afterAll, beforeAll, describe } from '@jest/globals';
import { describeAccount } from './account-contract.ts';
import type { Features, PlatformUnderTest } from './platform-under-test.ts';
import { describeOtherEvents, describeReceiving } from './receiving-contract.ts';
import { describeSending, describeSendingMore } from './sending-contract.ts';

/**
 * What every channel must do, asked of the real connector before a fake platform. A new channel
 * passes it by giving a set-up; what its platform has not is left out by name.
 */
export function describeChannelContract(
  name: string,
  features: Features,
  start: () => Promise<PlatformUnderTest>,
): void {
  describe(`${name} keeps the contract of a channel:`, () => {
    let platform: PlatformUnderTest;
    const get = () => platform;
    beforeAll(async () => {
      platform = await start();
    });
    afterAll(() => platform?.close());

    describe('sending', () => describeSending(get, features));
    describe('what else is sent', () => describeSendingMore(get, features));
    describe('receiving', () => describeReceiving(get, features));
    describe('what else customers do', () => describeOtherEvents(get, features));
    describe('the account', () => describeAccount(get, features));
  });
}
