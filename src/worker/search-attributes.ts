import type { NativeConnection } from '@temporalio/worker';
import proto from '@temporalio/proto';
import { searchAttributes } from '../workflows/contract.ts';

const KINDS = {
  KEYWORD: proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  DATETIME: proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
  INT: proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_INT,
};

/** Makes the namespace know what the router's workflows are labelled with. May run any number of times. */
export async function registerSearchAttributes(
  connection: NativeConnection,
  namespace: string,
): Promise<void> {
  const wanted = Object.values(searchAttributes).map((key) => [
    key.name,
    KINDS[key.type as keyof typeof KINDS],
  ]);
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(wanted) as Record<string, number>,
  });
}
