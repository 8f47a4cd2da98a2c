import type { Account } from '../driver.ts';
import type { Platform } from '../platforms/platform.ts';
import { type Scenario, nameFor } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { inParallel, until } from '../until.ts';
import type { Answer } from './platform-answer-table.ts';

/** Each answer at an account of its own: some of them stop the whole account. */
export function platformAnswers(platform: Platform, answers: Answer[]): Scenario {
  return {
    name: nameFor('platform-answers', platform),
    title: 'each error of the platform, 429, 5xx, hang, cut connections, a 200 without an id, HTML',
    platform,
    env: { OUTBOUND_RETRY_DELAYS: '0.1,0.2', EVIDENCE_WAIT: '30' },
    allowsUnconfirmed: true,
    settleMs: 150_000,
    async run(stage) {
      const accounts = new Map<Answer, Account>();
      for (const [at, answer] of answers.entries())
        accounts.set(answer, await stage.addAccount(at + 1));
      await stage.onPlatform(
        'PUT',
        '/faults',
        answers.map((answer) => faultOf(stage, answer)),
      );
      // Proof would take back that an attempt was in doubt before anybody could look.
      await stage.onPlatform('POST', '/webhooks', { mode: 'hold' });
      const doubtful = [...accounts].filter(([answer]) => answer.class === 'unknown');
      await inParallel(doubtful, doubtful.length, ([answer, account]) =>
        play(stage, answer, account),
      );
      await stage.onPlatform('POST', '/webhooks', { mode: 'release' });
      const clear = [...accounts].filter(([answer]) => answer.class !== 'unknown');
      await inParallel(clear, 4, ([answer, account]) => play(stage, answer, account));
      return answers.length;
    },
  };
}

async function play(stage: Stage, answer: Answer, account: Account): Promise<void> {
  const customer = `on-${slug(answer)}`;
  const options = { account, may: [answer.ends] };
  const id = await stage.driver.send(customer, textFor(answer), options);
  await until(`${answer.name} is judged`, 60_000, async () => (await errors(stage, id)) > 0);
  await judge(stage, id, answer);
  if (answer.class === 'unauthorized') {
    stage.expectAlert('account_paused', account);
    await until('it is told', 60_000, () => stage.wasAlerted('account_paused', account));
    await removeFault(stage, answer);
    await stage.call('PUT', `/api/v1/accounts/${account.id}`, { enabled: true });
  }
  // Behind it: the lane goes on whatever became of the first one.
  await stage.driver.send(customer, `after ${slug(answer)}`, { account });
}

function slug({ name }: Answer): string {
  return name.replaceAll(/\W+/g, '-');
}

function textFor(answer: Answer): string {
  return `first ${slug(answer)}.`;
}

function faultOf({ platform }: Stage, answer: Answer): object {
  const { status, body, mode, headers, delayMs, times } = answer;
  return {
    match: { path: platform.sendPath, body: textFor(answer) },
    times: times ?? null,
    ...(status !== undefined && { status }),
    ...(body !== undefined && { body }),
    ...(mode !== undefined && { mode }),
    ...(headers !== undefined && { headers }),
    ...(delayMs !== undefined && { delay_ms: delayMs }),
  };
}

let changing = Promise.resolve();
/** The queue is replaced as a whole: two scenes must not do so at the same time. */
function removeFault(stage: Stage, answer: Answer): Promise<void> {
  changing = changing.then(async () => {
    type Faults = { faults: { match?: { body?: string } }[] };
    const { faults } = await stage.onPlatform<Faults>('GET', '/faults');
    const rest = faults.filter(({ match }) => match?.body !== textFor(answer));
    await stage.onPlatform('PUT', '/faults', rest);
  });
  return changing;
}

type Status = { errors: { class: string }[] };

async function statusOf(stage: Stage, id: string): Promise<Status> {
  return (await stage.call<Status>('GET', `/api/v1/messages/${id}/status`)).body;
}

async function errors(stage: Stage, id: string): Promise<number> {
  return (await statusOf(stage, id)).errors.length;
}

async function judge(stage: Stage, id: string, answer: Answer): Promise<void> {
  const [first] = (await statusOf(stage, id)).errors;
  if (first?.class !== answer.class)
    stage.finding(`${answer.name} was taken for ${first?.class}, not ${answer.class}`);
}
