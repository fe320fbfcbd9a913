import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { copyTree } from './copy-tree.ts'

t.test('packages are shared with the original, workspaces are the copy’s own', async (t) => {
  const dir = t.testdir({
    main: {
      '.git': { HEAD: '' },
      'a.ts': 'a',
      sdk: { 'index.ts': 'sound', node_modules: { deep: {} } },
      node_modules: {
        plain: { 'index.js': '' },
        '@annex': { sdk: t.fixture('symlink', '../../sdk'), foreign: { 'index.js': '' } },
      },
    },
  })
  const [main, copy] = [join(dir, 'main'), join(dir, 'copy')]
  copyTree(main, copy)
  t.equal(readFileSync(join(copy, 'a.ts'), 'utf8'), 'a')
  t.notOk(existsSync(join(copy, '.git')))
  t.notOk(existsSync(join(copy, 'sdk/node_modules')))
  t.equal(realpathSync(join(copy, 'node_modules/plain')), realpathSync(join(main, 'node_modules/plain')))
  t.equal(
    realpathSync(join(copy, 'node_modules/@annex/foreign')),
    realpathSync(join(main, 'node_modules/@annex/foreign')),
  )
  writeFileSync(join(copy, 'sdk/index.ts'), 'changed')
  t.equal(readFileSync(join(copy, 'node_modules/@annex/sdk/index.ts'), 'utf8'), 'changed')
  t.equal(readFileSync(join(main, 'sdk/index.ts'), 'utf8'), 'sound')
})
