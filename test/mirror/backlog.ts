import type { RouterUnderTest } from '../support/router.ts';

/** Puts so many received messages of some customers into the queue, as a long outage leaves them. */
export async function seedBacklog(
  router: Pick<RouterUnderTest, 'sql' | 'account'>,
  count: number,
): Promise<void> {
  const { id } = router.account;
  // A row a customer, so that the mirror's own work is what is seen, and not a thousand webhooks.
  await router.sql(
    `with customers as (
       select gen_random_uuid() as user_id, 'backlog-' || n as external_id,
              'conv_' || replace(gen_random_uuid()::text, '-', '') as conversation_id
         from generate_series(1, 50) n),
     people as (insert into users (id, role) select user_id, 'CUSTOMER' from customers),
     lanes as (
       insert into conversations (id, account_id, channel, recipient_id, last_position)
       select conversation_id, '${id}', 'instagram', external_id, ${count} from customers),
     identities as (
       insert into external_identities (id, account_id, external_id, user_id, conversation_id)
       select gen_random_uuid(), '${id}', external_id, user_id, conversation_id from customers),
     said as (
       insert into messages (id, account_id, conversation_id, direction, sender_id, source, channel,
                             type, text, position, created_at)
       select gen_random_uuid(), '${id}', c.conversation_id, 'in', c.user_id, 'customer',
              'instagram', 'text', 'backlog ' || n, n, now() - interval '1 hour'
         from generate_series(1, ${count}) n
         join customers c on c.external_id = 'backlog-' || (n % 50 + 1)
       returning id, conversation_id, text),
     queued as (
       insert into mirror_queue (message_id, user_id)
       select s.id, c.external_id from said s join customers c using (conversation_id)
        order by split_part(s.text, ' ', 2)::int
       returning id)
     insert into outbox (kind, target, account_id) values ('mirror_ready', 'crm', '${id}')`,
  );
}
