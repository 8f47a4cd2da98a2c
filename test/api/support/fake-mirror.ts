import type { CrmTable, MirrorError, PresentRow } from '../../../src/crm/mirror.ts';
import type {
  MirroredMessage,
  MirrorOverview,
  MirrorQueryStore,
} from '../../../src/database/mirror-query-store.ts';

const nobody = () => Promise.reject(new Error('the API does not write'));

/** A table and a queue that a test fills; `fault` is what the CRM's database answers with. */
export function createFakeMirror() {
  const state = {
    overview: {
      rows: 0,
      oldestMs: null,
      deadLetters: 0,
      lastWrite: null,
      lastError: null,
    } as MirrorOverview,
    messages: [] as MirroredMessage[],
    /** Null: SELECT is not granted. */
    present: [] as PresentRow[] | null,
    fault: null as MirrorError | null,
  };
  const store: MirrorQueryStore = {
    overview: async () => state.overview,
    listMessages: async (_from, _to, limit) => state.messages.slice(0, limit),
  };
  const orFault = async <T>(value: T): Promise<T> => {
    if (state.fault) throw state.fault;
    return value;
  };
  const table: CrmTable = {
    place: {
      host: 'mysql.example',
      port: 3306,
      user: 'mirror',
      database: 'crm',
      table: 'messages',
    },
    lastReport: () => ({ problems: [], lacking: ['status'], canSelect: true }),
    check: nobody,
    whileLocked: nobody,
    listPresent: async () => orFault(state.present),
    listNewest: async () =>
      orFault(
        state.present && [
          {
            userId: '1254',
            username: 'lena',
            direction: 'in',
            message: 'hello',
            createdAt: '2026-11-21 09:30:00',
          },
        ],
      ),
    close: async () => undefined,
  };
  return { state, store, table };
}
