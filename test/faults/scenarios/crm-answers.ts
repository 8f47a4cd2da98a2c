import type { Account } from '../driver.ts';
import { behaviours, type HostileCrm, journalHostile, openHostileCrm } from '../hostile-crm.ts';
import type { Call } from '../journal.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { inParallel, until } from '../until.ts';
import { judgeFate, type Answer, ANSWERS } from './crm-answer-table.ts';

/** Compressed: five quick attempts within two seconds, and a "day" of seven. */
const ENV = {
  CRM_RETRY_DELAYS: '0.3,0.3,0.3,0.3,1',
  CRM_RETRY_LIMIT: '7',
  CRM_WEBHOOK_TIMEOUT: '1.5',
  CRM_BREAKER_FAILURES: '1000',
};

/** All of the same length: faults are found by a part of the path. */
const FIRST = 100;

/**
 * Every kind of answer at an endpoint of its own, to the first event of a conversation; the second
 * event is taken. What cannot be taken has to become a dead letter and let the second one pass.
 */
export const crmAnswers: Scenario = {
  name: 'crm-answers',
  title: 'each kind of answer of a CRM, also no answer and answers that are not HTTP',
  env: ENV,
  settleMs: 1,
  async run(stage) {
    const hostile = await openHostileCrm();
    try {
      const answers: Answer[] = [
        ...ANSWERS,
        ...behaviours.map((name): Answer => ({
          name,
          fate: name === 'huge' ? 'taken' : 'expired',
        })),
      ];
      await inParallel([...answers.entries()], 4, ([at, answer]) =>
        play(stage, hostile, FIRST + at, answer),
      );
      return answers.length;
    } finally {
      await journalHostile(stage.folder, hostile);
      await hostile.close();
    }
  },
};

async function play(stage: Stage, hostile: HostileCrm, number: number, answer: Answer) {
  const behaviour = behaviours.find((name) => name === answer.name);
  const first = behaviour && { crm_webhook_url: hostile.urlOf(behaviour) };
  const account = await stage.addAccount(number, first);
  const customer = `crm-${answer.name.replaceAll(/\W/g, '_')}`;
  const path = `/crm/webhooks/${number}`;
  const attempts = () => attemptsAt(stage, hostile, behaviour, path);
  if (!behaviour) await addFault(stage, { path, body: 'the first' }, answer);
  await stage.driver.hear(customer, `${customer} the first`, { account });
  const begun = Date.now();
  if (answer.fate === 'disabled') {
    await until(`${path} is asked`, 20_000, async () => (await attempts()).length > 0);
    stage.expectAlert('endpoint_disabled', account);
    await until('it is on record', 20_000, () => isDisabled(stage, account.id));
    await until('it is told', 60_000, () => stage.wasAlerted('endpoint_disabled', account));
    await removeFault(stage, path);
    await stage.call('PUT', `/api/v1/accounts/${account.id}`, { enabled: true });
  } else if (answer.fate === 'taken')
    await until(`${answer.name} is asked`, 30_000, async () => (await attempts()).length > 0);
  else {
    await until(`${answer.name} is given up`, 60_000, () => isGivenUp(stage, account, answer));
    if (behaviour)
      await stage.call('PUT', `/api/v1/accounts/${account.id}`, {
        crm_webhook_url: `${stage.sandbox.url}${path}`,
      });
  }
  await judgeFate(stage, answer, await attempts(), begun);
  await stage.driver.hear(customer, `${customer} the second`, { account });
  if (answer.fate === 'taken' && behaviour)
    await until('the second is taken', 30_000, async () => (await attempts()).length > 1);
  else
    await until(`the second event passes ${answer.name}`, 30_000, async () =>
      (await callsAt(stage, path)).some(
        ({ raw, status }) => raw.includes('the second') && status === 200,
      ),
    );
}

type Faults = { faults: { match?: { path?: string } }[] };

let changing = Promise.resolve();
/** The queue is replaced as a whole: two scenes must not do so at the same time. */
function changeFaults(stage: Stage, change: (faults: Faults['faults']) => unknown[]) {
  changing = changing.then(async () => {
    const { faults } = await stage.control<Faults>('GET', '/crm/faults');
    await stage.control('PUT', '/crm/faults', change(faults));
  });
  return changing;
}

function addFault(stage: Stage, match: object, { status, headers }: Answer) {
  if (status === undefined || status === 200) return Promise.resolve();
  const fault = { match, times: null, status, headers: headers?.() ?? {}, body: 'no' };
  return changeFaults(stage, (faults) => [...faults, fault]);
}

function removeFault(stage: Stage, path: string) {
  return changeFaults(stage, (faults) => faults.filter(({ match }) => match?.path !== path));
}

async function isDisabled(stage: Stage, id: string): Promise<boolean> {
  type Reason = { webhooks_disabled_reason: string | null };
  const { body } = await stage.call<Reason>('GET', `/api/v1/accounts/${id}`);
  return body.webhooks_disabled_reason === 'gone';
}

/** From then on the operators have a minute to be told. */
async function isGivenUp(stage: Stage, account: Account, { fate }: Answer): Promise<boolean> {
  const path = `/api/v1/admin/dlq/webhooks?account_id=${account.id}&limit=1`;
  const { body } = await stage.call<{ data: { created_at: string }[] }>('GET', path);
  const [letter] = body.data;
  if (!letter) return false;
  const at = Date.parse(letter.created_at);
  stage.expectAlert('dead_letter', account, at);
  if (fate === 'unauthorized') stage.expectAlert('crm_unauthorized', account, at);
  return true;
}

type LedgerCall = Call & { at: string };

async function callsAt(stage: Stage, path: string): Promise<LedgerCall[]> {
  const url = `/crm/received?method=POST&path=${path}`;
  const { data } = await stage.control<{ data: LedgerCall[] }>('GET', url);
  return data.filter((call) => call.path === path);
}

/** When each attempt of the first event came. */
async function attemptsAt(
  stage: Stage,
  { requests }: HostileCrm,
  behaviour: string | undefined,
  path: string,
): Promise<number[]> {
  if (behaviour) return requests.filter((each) => each.behaviour === behaviour).map(({ at }) => at);
  const calls = await callsAt(stage, path);
  return calls.filter(({ raw }) => raw.includes('the first')).map(({ at }) => Date.parse(at));
}
