import { describe, expect, it } from '@jest/globals';
import { CheckResponse } from '../../src/api/routes/check-schemas.ts';
import { ContentSchema } from '../../src/api/routes/content-schemas.ts';
import { CanSend } from '../../src/api/routes/conversation-schemas.ts';
import { SendMessageResponse } from '../../src/api/routes/message-schemas.ts';
import { UnifiedSendRequest } from '../../src/api/routes/unified-send.ts';
import { readDocument, tableUnder } from './documents.ts';

const document = readDocument('docs/sending.md');
const examples = [...document.text.matchAll(/^```json\n(.*?)^```/gms)].map(
  ([, json = '']) => JSON.parse(json) as Record<string, unknown>,
);

describe('what docs/sending.md shows', () => {
  const requests = examples.filter((each) => 'content' in each && !('queue' in each));

  it('are requests that the router takes', () => {
    for (const request of requests) UnifiedSendRequest.parse(request);
    const shown = requests.map(({ content }) => (content as { type: string }).type);
    expect(new Set(shown)).toEqual(new Set(['text', 'document', 'template', 'reaction', 'edit']));
  });

  it('are answers that the router gives', () => {
    const rest = examples.filter((each) => !requests.includes(each));
    expect(rest).toHaveLength(2);
    SendMessageResponse.strict().parse(rest[0]);
    CheckResponse.strict().parse(rest[1]);
  });

  it('has every member, every kind of content and every state of the window', () => {
    const members = tableUnder(document, '## The request').map(([name]) => name);
    expect(members.toSorted()).toEqual(Object.keys(UnifiedSendRequest.shape).toSorted());
    const kinds = tableUnder(document, '## What each channel takes').map(([name]) => name);
    for (const option of ContentSchema.options) {
      const { type } = option.shape;
      for (const kind of 'options' in type ? type.options : type.def.values)
        expect(kinds).toContain(kind);
    }
    const windows = tableUnder(document, '## The window for answers').map(([name]) => name);
    expect(windows).toEqual(CanSend.shape.window.options);
  });
});
