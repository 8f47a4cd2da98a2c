import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Fixture, type Json, startFixture } from './telegram-fixture.ts';
import { DEMO_BOT_ID } from '../../sandbox/telegram/state.ts';
import { until } from './http.ts';

const ANN = '5005';
const ANA = '5100000001';

describe('messages of every kind', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture();
    await fixture.listen();
  });
  afterAll(() => fixture?.close());

  const told = async (id: number, kind = 'message') => {
    const find = () =>
      fixture.hook.updates().find((one) => (one[kind] as Json | undefined)?.['message_id'] === id);
    await until(`${kind} ${id}`, () => find() !== undefined);
    return find()?.[kind] as Json;
  };

  it('come as the list shows them', async () => {
    const { body } = await fixture.control('GET', '/samples');
    const samples = body['data'] as { sample: string; members: Json }[];
    expect(samples.length).toBeGreaterThan(20);
    for (const { sample, members } of samples) {
      const [id = 0] = await fixture.write(ANN, { sample });
      expect(await told(id)).toMatchObject({ ...members, message_id: id, chat: { id: 5005 } });
    }
  });

  it('can have single members changed', async () => {
    const [id = 0] = await fixture.write(ANN, { sample: 'dice', members: { dice: { value: 6 } } });
    expect(await told(id)).toMatchObject({ dice: { value: 6 } });
  });

  it('can be edited: the words, the file, or both', async () => {
    const attachments = [{ type: 'photo', name: 'old.jpg' }];
    const [id = 0] = await fixture.write(ANN, { attachments, text: 'invoice' });
    const before = await told(id);
    await fixture.act(ANN, 'edit', {
      message_id: id,
      attachment: { type: 'document', name: 'a.pdf' },
    });
    const after = await told(id, 'edited_message');
    expect(after).toMatchObject({ caption: 'invoice', document: { file_name: 'a.pdf' } });
    expect(before).toHaveProperty('photo');
    expect(after).not.toHaveProperty('photo');
    expect((await fixture.act(ANN, 'edit', { message_id: id })).status).toBe(400);
  });

  it('are told apart on the phone', async () => {
    for (const [sample, note] of [
      ['poll', 'a poll: Which cup?'],
      ['dice', 'a throw of the dice: 🎲 4'],
      ['successful_payment', 'a payment: 1850 EUR'],
    ] as const) {
      await fixture.control('POST', `/customers/${ANA}/messages`, { account: DEMO_BOT_ID, sample });
      const view = `${fixture.sandbox.url}/view?channel=telegram&customer=${ANA}`;
      const { thread } = (await (await fetch(view)).json()) as { thread: Json[] };
      expect(thread.at(-1)).toMatchObject({ note });
    }
  });
});
