import type { Mutant } from '../mutant.ts'

const CONTRACT = 'test/runtime/storage/contract-sqlite.test.ts'

export const TENANT_MUTANTS: readonly Mutant[] = [
  {
    title: 'several documents are fetched by id without the tenant',
    why: 'who guesses an id would read another organization’s document',
    file: 'runtime/storage/documents.ts',
    text: 'engine.getMany([...new Set(ids.filter(isId))], tenant)',
    replacement: 'engine.getMany([...new Set(ids.filter(isId))], undefined)',
    red: [CONTRACT],
  },
  {
    title: 'a document is deleted by its id without the tenant',
    why: 'who guesses an id would delete another organization’s document',
    file: 'runtime/storage/documents.ts',
    text: 'engine.remove(planOne(collection, tenant, id, expected(expect)))',
    replacement: 'engine.remove(planOne(collection, undefined, id, expected(expect)))',
    red: [CONTRACT],
  },
  {
    title: 'a document may name another organization than the handle’s',
    why: 'one organization would plant data in another',
    file: 'runtime/storage/documents.ts',
    text: 'if (tenant !== undefined && own !== undefined && own !== tenant) {',
    replacement: 'if (tenant === null) {',
    red: [CONTRACT],
  },
  {
    title: 'a link of the audit chain is not held against its hash',
    why: 'whoever can write to the store could rewrite history',
    file: 'runtime/audit/verify.ts',
    text: "if (linkHash(organizationId, link) !== link.hash) report('hash')",
    replacement: '',
    red: ['test/runtime/audit/audit.test.ts'],
  },
]
