import { standing } from '../faults.ts';
import type { Switch } from '../platform.ts';

/** What can go wrong with the demo CRM at the press of a button. */
export const crmSwitches: Switch[] = [
  {
    name: 'crm_down',
    title: 'CRM down',
    hint: '503 each time',
    told: 'The CRM is down',
    fault: standing({ status: 503, body: { error: 'The CRM is down.' } }),
  },
];
