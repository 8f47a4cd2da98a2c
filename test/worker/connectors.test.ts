import { describe, expect, it } from '@jest/globals';
import { connectorsOf } from '../../src/worker/connectors.ts';

const KNOWN = ['instagram', 'whatsapp', 'telegram'];

describe('the connectors of a worker', () => {
  it('are all of them, those that are named, or all others', () => {
    expect(connectorsOf({}, KNOWN)).toEqual({});
    expect(connectorsOf({ channels: 'telegram' }, KNOWN)).toEqual({ channels: ['telegram'] });
    expect(connectorsOf({ except: 'telegram, whatsapp' }, KNOWN)).toEqual({
      except: ['telegram', 'whatsapp'],
    });
  });

  it.each([
    [{ channels: 'telegramm' }, '--channels: there is no channel "telegramm"'],
    [{ except: '' }, '--except: there is no channel ""'],
    [{ channels: 'telegram', except: 'whatsapp' }, 'exclude each other'],
  ])('are refused when nobody can have meant it: %j', (options, message) => {
    expect(() => connectorsOf(options, KNOWN)).toThrow(message);
  });
});
