import type { Scenario } from '../scenario.ts';
import { inParallel, until } from '../until.ts';

/**
 * Two accounts. On one an echo has been seen: silence says that the message did not arrive, and it
 * is sent again, marked. On the other none has: nobody knows, and a person has to decide.
 */
export const unknownWithoutEvidence: Scenario = {
  name: 'unknown-without-evidence',
  title: 'the connection is cut and no echo comes: resent with the mark, or left to a person',
  env: { EVIDENCE_WAIT: '3' },
  allowsUnconfirmed: true,
  async run(stage) {
    const { driver } = stage;
    const count = stage.quick ? 2 : 20;
    await driver.send('echoed', 'with an echo');
    await until('its echo is taken', 30_000, async () => {
      type Webhooks = { data: { state: string }[] };
      const { data } = await stage.control<Webhooks>('GET', '/instagram/webhooks');
      return data.some(({ state }) => state === 'delivered');
    });
    const silent = await stage.addAccount(1);
    await stage.control('PUT', '/instagram/settings', { echo: false });
    const places = Array.from({ length: count }, (_, at) => at);
    // One for each: the second try of a message has to get through.
    const cut = (text: string) => ({ match: { body: `"${text}"` }, mode: 'drop' });
    const faults = places.flatMap((at) => [cut(`echoing ${at}`), cut(`silent ${at}`)]);
    await stage.control('PUT', '/instagram/faults', faults);
    await inParallel(places, 4, async (at) => {
      const first = await driver.send(`a-${at}`, `echoing ${at}`);
      await driver.send(`a-${at}`, `after the one in doubt ${at}`);
      await driver.send(`b-${at}`, `silent ${at}`, { account: silent, may: ['unconfirmed'] });
      await driver.send(`b-${at}`, `passes the one in doubt ${at}`, { account: silent });
      await until(`${first} is resent`, 60_000, async () => {
        const path = `/api/v1/messages/${first}/status`;
        type Status = { status: string; possible_duplicate: boolean };
        const { status, possible_duplicate } = (await stage.call<Status>('GET', path)).body;
        if (status === 'sent' && !possible_duplicate) stage.finding(`${first} is resent unmarked`);
        return status === 'sent';
      });
    });
    stage.expectAlert('dead_letter', silent);
    return count * 2;
  },
};
