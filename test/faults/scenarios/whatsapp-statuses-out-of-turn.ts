import { secondsOf, whatsapp, whatsappWebhook } from '../platforms/whatsapp.ts';
import { nameFor, type Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { inParallel, until } from '../until.ts';

const WEEK_MS = 7 * 86_400_000;
/** What comes after `read`, and must not take anything back. */
const LATER = [
  { status: 'delivered', after: 0 },
  { status: 'read', after: 0 },
  { status: 'sent', after: -WEEK_MS },
  { status: 'delivered', after: WEEK_MS },
  { status: 'failed', after: 0 },
];

/** Every second one names our message by its callback data, every other one only by an id that nobody knows yet. */
export const whatsappStatusesOutOfTurn: Scenario = {
  name: nameFor('statuses-out-of-turn', whatsapp),
  title: 'read before the answer of the send; then lower ones, failed, and some of another week',
  platform: whatsapp,
  async run(stage) {
    const count = stage.quick ? 4 : 20;
    // Its own statuses would come between those of this row.
    await stage.onPlatform('PUT', '/settings', { statuses: [] });
    stage.line.delayAnswers('overtaken', 1_500);
    const places = Array.from({ length: count }, (_, at) => at);
    await inParallel(places, 4, async (at) => {
      const name = `hasty-${at}`;
      const id = await stage.driver.send(name, `overtaken ${name}.`);
      const wamid = await wamidOf(stage, name);
      const tell = (status: string, when: number) =>
        stage.driver.post(
          statusOf(stage, name, { wamid, id: at % 2 === 0 ? id : null }, status, when),
        );
      await tell('read', Date.now());
      await until(`${id} is read`, 30_000, async () => (await statusIn(stage, id)) === 'read');
      for (const { status, after } of LATER) await tell(status, Date.now() + after);
      // Whatever those webhooks did is done when the next message of the conversation is through.
      const next = await stage.driver.send(name, `the next one, ${name}`);
      await until(`${next} is sent`, 30_000, async () => (await statusIn(stage, next)) === 'sent');
      const status = await statusIn(stage, id);
      if (status !== 'read') stage.finding(`${id} went back to ${status}`);
    });
    return count * (1 + LATER.length);
  },
};

async function statusIn(stage: Stage, id: string): Promise<string> {
  return (await stage.call<{ status: string }>('GET', `/api/v1/messages/${id}/status`)).body.status;
}

type Phone = { data: { messages: { id: string; text: string | null }[] }[] };

async function wamidOf(stage: Stage, name: string): Promise<string> {
  let wamid: string | undefined;
  await until('the platform has the message', 30_000, async () => {
    const path = `/customers/${whatsapp.customerId(name)}`;
    const { data } = await stage.onPlatform<Phone>('GET', path);
    wamid = data[0]?.messages.find(({ text }) => text?.startsWith('overtaken'))?.id;
    return wamid !== undefined;
  });
  return wamid ?? '';
}

function statusOf(
  { account }: Stage,
  name: string,
  message: { wamid: string; id: string | null },
  status: string,
  at: number,
): object {
  return whatsappWebhook(account, {
    statuses: [
      {
        id: message.wamid,
        status,
        timestamp: secondsOf(at),
        recipient_id: whatsapp.customerId(name),
        ...(message.id !== null && { biz_opaque_callback_data: message.id }),
        ...(status === 'failed' && { errors: [{ code: 131_026, title: 'Undeliverable' }] }),
      },
    ],
  });
}
