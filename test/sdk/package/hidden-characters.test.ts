import t from 'tap'
import { changedPackage, check } from './good-package.ts'

const MAP = 'dist/extension.js.map'

async function hiddenIn(file: string, text: string): Promise<string[]> {
  const { findings } = await check(changedPackage({ files: { [file]: text } }))
  return findings.filter(({ rule }) => rule === 'CODE-06').map(({ message }) => message)
}

t.test('the joiners of Persian and Hindi words may stand in a map', async (t) => {
  t.same(await hiddenIn(MAP, '"\u0645\u06cc\u200c\u0628\u0627\u0634\u062f"'), [])
  t.same(await hiddenIn(MAP, '"\u0915\u094d\u200d\u0937 \u0915\u094d\u200c\u0937"'), [])
})

t.test('elsewhere they are hidden', async (t) => {
  const found = ['there is a hidden character, U+200C']
  t.same(await hiddenIn(MAP, '"a\u200cb"'), found, 'between other letters')
  t.same(await hiddenIn(MAP, '"\u0645\u06cc\u200c b"'), found, 'at the end of a word')
  t.same(await hiddenIn('dist/extension.js', 'var x = "\u0645\u06cc\u200c\u0628"'), found, 'in the script that runs')
  t.same(
    await hiddenIn(MAP, '"\u0645\u202e\u06cc"'),
    ['there is a hidden character, U+202E'],
    'and so is what turns text',
  )
})
