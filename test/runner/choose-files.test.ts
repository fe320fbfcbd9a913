import { pathToFileURL } from 'node:url'
import t from 'tap'
import { chooseFiles } from './choose-files.ts'

const root = pathToFileURL(
  `${t.testdir({
    test: {
      sdk: { 'scopes.test.ts': '', 'scopes.ts': '' },
      faults: { 'sync-kill.alone.test.ts': '' },
      escapes: {
        cpu: { 'loops.alone.test.ts': '' },
        operations: { 'all-busy.alone.test.ts': '', 'worker-death.alone.test.ts': '' },
      },
      flows: { 'install.test.ts': '', 'start-and-stop.test.ts': '' },
      mongo: { 'contract.test.ts': '' },
      long: { 'fuzz.test.ts': '' },
      mutants: { 'mutants.alone.test.ts': '' },
      bench: { 'sync.test.ts': '' },
    },
    'extensions-examples': { hello: { test: { 'hello.test.ts': '' }, node_modules: { 'x.test.ts': '' } } },
  })}/`,
)

t.test('the short mode leaves out what has a command of its own', async (t) => {
  t.same(chooseFiles(root, 'short', []), {
    together: [
      'test/flows/install.test.ts',
      'test/flows/start-and-stop.test.ts',
      'test/faults/sync-kill.alone.test.ts',
      'extensions-examples/hello/test/hello.test.ts',
      'test/sdk/scopes.test.ts',
      'test/escapes/cpu/loops.alone.test.ts',
    ],
    paired: ['test/escapes/operations/worker-death.alone.test.ts'],
    alone: ['test/escapes/operations/all-busy.alone.test.ts'],
  })
})

t.test('the mongo mode takes the store, the flows and the faults', async (t) => {
  t.same(chooseFiles(root, 'mongo', []), {
    together: ['test/flows/install.test.ts', 'test/faults/sync-kill.alone.test.ts', 'test/mongo/contract.test.ts'],
    paired: [],
    alone: [],
  })
})

t.test('the long mode takes the full matrices, the faults and the mutants', async (t) => {
  t.same(chooseFiles(root, 'long', []), {
    together: ['test/long/fuzz.test.ts'],
    paired: ['test/faults/sync-kill.alone.test.ts', 'test/escapes/operations/worker-death.alone.test.ts'],
    alone: [
      'test/escapes/cpu/loops.alone.test.ts',
      'test/escapes/operations/all-busy.alone.test.ts',
      'test/mutants/mutants.alone.test.ts',
    ],
  })
})

t.test('filters keep paths that contain one of them', async (t) => {
  t.same(chooseFiles(root, 'short', ['scopes', 'nothing']), {
    together: ['test/sdk/scopes.test.ts'],
    paired: [],
    alone: [],
  })
})
