import vm from 'node:vm'
import { PACKAGE_LIMITS } from '@annex/package/limits'
import { parse } from 'acorn'
import t from 'tap'
import { changedPackage } from '../../sdk/package/good-package.ts'
import { type Idea, runIdeas } from '../egress/run-ideas.ts'
import { CHECK_OPTIONS, hold, noise, openPackageChecker, refusedBy } from './hold-checker.ts'

const checker = await openPackageChecker(t)
const GOOD = 'var annexExtension = (() => ({ default: { kind: "connector" } }))();\n'
const BESIDE = noise(60_000)
/** Of parsing on a fast thread; the check has a slow one. */
const SLOW_MS = 80

/** Code that is hard on whoever parses it, and how its check ends. */
function bomb(title: string, code: string, ends: RegExp, control = parsesBadly): Idea {
  if (Buffer.byteLength(code) > PACKAGE_LIMITS.entry) throw new Error(`${title} is more than an entry may be`)
  // With what does not compress beside it, so that it is no bomb of another kind.
  const bytes = changedPackage({ files: { 'dist/extension.js': code, 'src/beside.txt': BESIDE } })
  return {
    title,
    control: async () => control(code),
    async attack(t) {
      await hold(t, checker, async () => {
        t.match(refusedBy(await checker.check(bytes, CHECK_OPTIONS)), ends)
      })
    },
  }
}

/** What it does to a service that compiles it, or parses it, on its own thread. */
function parsesBadly(code: string): string | undefined {
  const parsers = [() => new vm.Script(code), () => parse(code, { ecmaVersion: 'latest' })]
  return parsers.map((parser) => harmOf(parser)).find((harm) => harm !== undefined)
}

function harmOf(parser: () => unknown): string | undefined {
  const started = performance.now()
  try {
    parser()
  } catch (error) {
    if (error instanceof RangeError || /stack space/.test(String(error))) return `the stack is used up: ${error}`
    if (!(error instanceof SyntaxError)) throw error
  }
  const ms = performance.now() - started
  return ms > SLOW_MS ? `the thread is held for ${Math.round(ms)} ms` : undefined
}

/** On a busy machine either may be held up: that it takes longer shows in a few tries. */
const TRIES = 4

function parsesSlower(code: string): string | undefined {
  for (let tries = 1; tries <= TRIES; tries++) {
    const harm = harmOfBlocks(code)
    if (harm !== undefined) return harm
  }
  return undefined
}

/** By how much it takes longer than the same names in one block. */
function harmOfBlocks(code: string): string | undefined {
  const [deep, flat] = [code, code.replaceAll(/[{}]{2,}/g, '')].map((text) => {
    const started = performance.now()
    parse(text, { ecmaVersion: 'latest' })
    return performance.now() - started
  })
  const ratio = (deep ?? 0) / (flat ?? 1)
  return ratio > 2 ? `it takes ${ratio.toFixed(1)} times as long in blocks` : undefined
}

/** Code that runs as soon as somebody evaluates it to learn what it says of itself. */
function runsAway(code: string): string | undefined {
  try {
    vm.runInNewContext(code, {}, { timeout: SLOW_MS })
    return undefined
  } catch (error) {
    return (error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? 'the thread is held' : undefined
  }
}

const times = (count: number, text: string): string => text.repeat(count)
const around = (count: number, before: string, middle: string, after: string): string =>
  times(count, before) + middle + times(count, after)
const list = (count: number, make: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => make(i)).join('')

const DEEP = /^CODE-01$/

runIdeas('code that is nested', [
  bomb('brackets', `${GOOD}x=${around(900_000, '(', '1', ')')}`, DEEP),
  bomb('lists', `${GOOD}x=${around(900_000, '[', '', ']')}`, DEEP),
  bomb('objects', `${GOOD}x=${around(400_000, '{a:', '1', '}')}`, DEEP),
  bomb('blocks', `${GOOD}${around(900_000, '{', '', '}')}`, DEEP),
  bomb('templates in templates', `${GOOD}x=${around(400_000, '`${', '1', '}`')}`, DEEP),
  bomb('functions in functions', `${GOOD}x=${around(300_000, '()=>{', '', '}')}`, DEEP),
  bomb('what may be an arrow function at each bracket', `${GOOD}x=${around(300_000, '(a=', '1', ')')}`, DEEP),
  bomb('patterns in patterns', `${GOOD}var ${around(400_000, '[a=', '1', ']')}`, DEEP),
  bomb('prefixes', `${GOOD}x=${times(1_900_000, '!')}1`, DEEP),
  bomb('conditions', `${GOOD}x=${times(400_000, 'a?b:')}1`, DEEP),
  bomb('brackets in a regular expression', `${GOOD}x=/${around(600_000, '(', 'a', ')')}/`, DEEP),
])

runIdeas('code that is long', [
  bomb('one expression of two megabytes', `${GOOD}x=${times(900_000, 'a+')}1`, /^(CODE-01|passed)$/),
  bomb('names without end', `${GOOD}${list(30_000, (i) => `let a${i};`)}`, /^passed$/),
  bomb('labels in labels', `${GOOD}${list(200_000, (i) => `a${i}:`)};`, DEEP),
  bomb(
    'a name in each of many blocks',
    `${GOOD}${times(200, '{')}${list(10_000, (i) => `var b${i};`)}${times(200, '}')}`,
    /^(CODE-01|passed|CHECK_TIMEOUT)$/,
    parsesSlower,
  ),
  bomb('groups of one name', `${GOOD}x=/${times(6_500, '(?<a>x)|')}/`, /^(CODE-01|passed|CHECK_TIMEOUT)$/),
  bomb('a class with many private names', `${GOOD}class A{${list(150_000, (i) => `#a${i};`)}}`, /^(CODE-01|passed)$/),
  bomb('lines without end', `${GOOD}${times(1_900_000, '\n')}`, /^passed$/, (code) =>
    code.split('\n').length > 1_000_000 ? 'a list of lines a million long' : undefined,
  ),
  bomb('modules asked for by the thousand', `${GOOD}${times(30_000, 'require("fs");')}`, /^CODE-03$/, (code) =>
    [...code.matchAll(/require/g)].length > 10_000 ? 'a finding for each of thirty thousand' : undefined,
  ),
])

runIdeas('code that acts when somebody looks', [
  bomb('a loop', `${GOOD}for (;;) {}`, /^passed$/, runsAway),
  bomb(
    'a getter in the definition',
    'var annexExtension = { get default() { for (;;) {} } }; annexExtension.default',
    /^passed$/,
    runsAway,
  ),
])
