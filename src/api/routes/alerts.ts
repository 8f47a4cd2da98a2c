import type { z } from 'zod';
import type { AlertStore, AlertView } from '../../database/alert-store.ts';
import { defineRoute, type Route } from '../route.ts';
import { alertExample, AlertQuery, AlertResponse } from './alert-schemas.ts';
import { isoOrNull, pageOf } from './common-schemas.ts';

/** What an operator should know. */
export function createAlertRoutes(alerts: Pick<AlertStore, 'list'>): Route[] {
  const listAlerts = defineRoute({
    method: 'get',
    path: '/api/v1/admin/alerts',
    operationId: 'listAlerts',
    summary: 'List alerts',
    description:
      'One for each cause and account or channel while it lasts, newest first. The same go to the log and, ' +
      'where it is set, to the alert webhook: at once, again each hour that they go on, and when ' +
      'they are over. Needs an `admin` key.',
    tags: ['Alerts'],
    auth: 'admin',
    query: AlertQuery,
    responses: {
      200: {
        description: 'A page of alerts.',
        schema: pageOf(AlertResponse, 'AlertPage'),
        example: { data: [alertExample], next_cursor: null },
      },
    },
    async handle({ query, caller }) {
      const found = await alerts.list(caller.accountIds, query);
      const data = found.items.map(presentAlert);
      return { status: 200, body: { data, next_cursor: found.nextCursor } };
    },
  });

  return [listAlerts];
}

function presentAlert(view: AlertView): z.output<typeof AlertResponse> {
  return {
    alert_id: view.id,
    cause: view.cause,
    account_id: view.accountId,
    channel: view.channel,
    open: view.resolvedAt === null,
    count: view.count,
    codes: Object.entries(view.codes).map(([code, count]) => ({ code, count })),
    first_at: view.firstAt.toISOString(),
    last_at: view.lastAt.toISOString(),
    resolved_at: isoOrNull(view.resolvedAt),
    workflow_ids: view.workflowIds,
  };
}
