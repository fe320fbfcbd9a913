import { sha256 } from '@annex/package/package-files'
import { entry, type RuleCase } from '../rule-case.ts'

const HARM = 'module.exports = "what did harm before"\n'

export const code13Case: RuleCase = {
  trips: [
    entry('connect("stratum+tcp://pool.example:3333")'),
    entry('connect(`stratum+ssl://$\x7bpool}`, "stratum+ssl://x")'),
    entry('new CoinHive.Anonymous("key").start()'),
    entry('var lib = "https://coinhive.com/lib/x.js"'),
    entry('var pool = "https://eu.nanopool.org/"'),
    { files: { 'src/x.js': HARM }, outside: { harmfulFiles: new Set([sha256(HARM)]) } },
  ],
  passes: [
    entry('var stratum = "stratum", text = "a stratum+ of rock", url = "tcp://pool.example"'),
    entry('var advice = "coinhive was a miner"; new Hive.Anonymous("x")'),
    { files: { 'README.md': `stratum+tcp://x $\x7b'is no address of ours, and this is a page. '.repeat(5)}` } },
    { files: { 'src/x.js': `${HARM} ` }, outside: { harmfulFiles: new Set([sha256(HARM)]) } },
  ],
}
