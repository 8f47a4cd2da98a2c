/** Examples of the account routes. They show the Instagram members; other channels have theirs. */

export const createExample = {
  channel: 'instagram',
  instagram_account_id: '17841400000000001',
  username: 'our_shop',
  access_token: 'IGAAexampleExampleExample',
  crm_webhook_url: 'https://crm.example.com/webhooks/chat4all',
  crm_webhook_headers: { Authorization: 'Basic Y2hhdDRhbGw6ZXhhbXBsZQ==' },
};

export const accountExample = {
  account_id: 'acc_5f0c2a9be6c84d0ab2a1c34e5d6f7a8b',
  channel: 'instagram',
  instagram_account_id: '17841400000000001',
  username: 'our_shop',
  crm_webhook_url: 'https://crm.example.com/webhooks/chat4all',
  crm_webhook_header_names: ['Authorization'],
  enabled: true,
  paused_at: null,
  pause_reason: null,
  webhook_state: 'ok' as const,
  on_unknown_outcome: 'auto' as const,
  webhooks_disabled_reason: null,
  created_at: '2026-11-21T09:00:00.000Z',
};

export const createdExample = {
  ...accountExample,
  webhook_secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=',
};

export const updateExample = {
  webhook_secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDC2FVsBQIhrs=',
  webhook_secret_overlap_seconds: 3600,
  enabled: true,
};
