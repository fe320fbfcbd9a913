import type { Test } from 'tap'
import { blobsContract } from './contract/blobs.ts'
import { concurrencyContract } from './contract/concurrency.ts'
import { documentsContract } from './contract/documents.ts'
import { lifeContract } from './contract/life.ts'
import { outboxContract } from './contract/outbox.ts'
import { queriesContract } from './contract/queries.ts'
import { refusalsContract } from './contract/refusals.ts'
import { tenantsContract } from './contract/tenants.ts'
import type { ContractPart, OpenStore } from './contract/things.ts'
import { transactionsContract } from './contract/transactions.ts'

const parts: Record<string, (part: ContractPart) => void> = {
  documents: documentsContract,
  tenants: tenantsContract,
  queries: queriesContract,
  refusals: refusalsContract,
  concurrency: concurrencyContract,
  transactions: transactionsContract,
  blobs: blobsContract,
}

/** All that the port promises, tried on the stores that `open` gives. Both engines pass the same. */
export function storageContract(t: Test, open: OpenStore): void {
  for (const [name, register] of Object.entries(parts)) {
    t.test(name, async (t) => {
      register({ t, store: await open(t) })
    })
  }
  t.test('outbox', async (t) => outboxContract(t, open))
  t.test('life', async (t) => lifeContract(t, open))
}
