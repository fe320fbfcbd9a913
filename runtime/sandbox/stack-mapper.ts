import type { GeneratedPlace, SourcePlace } from '@annex/package/trace-place'
import type { PackageCode } from '../installation-source.ts'
import { within } from '../jobs/within.ts'
import type { CheckResult } from './check-process.ts'
import { CAGE_LIMITS } from './limits.ts'
import { originOf } from './load-unit.ts'
import type { LogLine, RunFailure, RunRequest, StepResult } from './run.ts'

export type MappedCode = Pick<PackageCode, 'digest' | 'sourceMap'>

export interface StackMapperDeps {
  /** Reads the map in a caged process; null for a place that it does not tell. */
  trace(code: Required<MappedCode>, places: readonly GeneratedPlace[]): Promise<CheckResult<(SourcePlace | null)[]>>
}

/**
 * Tells where in the author's own files something happened. A map is a stranger's data: it is read in a cage, and one
 * that is broken, or too much to read, leaves everything as it was.
 */
export interface StackMapper {
  /** Places in the stack of a failure and in log lines become `src/index.ts:3:5`. Never rejects. */
  map(
    result: StepResult,
    run: Pick<RunRequest, 'extension' | 'version'>,
    code: () => Promise<MappedCode | undefined>,
  ): Promise<StepResult>
}

/** Places of one step that are looked up at most; those kept for the next failure; maps that are known to be bad. */
const PLACES = 100
const KEPT_PLACES = 2_000
const KEPT_BAD = 200
const MAP_CHARS = 8 * 1024 * 1024
/** A run does not wait longer for its places: maps of others, each as large as it may be, can stand before its own. */
const WAIT_MS = 3_000

export function createStackMapper({ trace }: StackMapperDeps): StackMapper {
  const known = createKept<SourcePlace | null>(KEPT_PLACES)
  const bad = createKept<true>(KEPT_BAD)
  const asking = new Map<string, Promise<void>>()

  async function map(...[result, run, code]: Parameters<StackMapper['map']>): Promise<StepResult> {
    const origin = `${originOf(run)}extension.js`
    const places = placesIn(textsOf(result), origin)
    if (places.length === 0) return result
    const found = await find(places, code).catch(() => undefined)
    return found ? withPlaces(result, origin, found) : result
  }

  /** By `line:column`. */
  async function find(
    places: readonly GeneratedPlace[],
    load: () => Promise<MappedCode | undefined>,
  ): Promise<ReadonlyMap<string, SourcePlace> | undefined> {
    const code = await load()
    if (code?.sourceMap === undefined || code.sourceMap.length > MAP_CHARS || bad.get(code.digest)) return undefined
    const { digest, sourceMap } = code
    if (unknownOf(digest, places).length > 0) await within(WAIT_MS, learn({ digest, sourceMap }, places))
    const pairs = places.map((place) => [keyOf(place), known.get(`${digest} ${keyOf(place)}`)] as const)
    return new Map(pairs.filter((pair): pair is [string, SourcePlace] => Boolean(pair[1])))
  }

  /** An answer that comes too late for one failure serves the next. One question at a time about a map. */
  function learn(code: Required<MappedCode>, places: readonly GeneratedPlace[]): Promise<void> {
    const { digest } = code
    const turn = (asking.get(digest) ?? Promise.resolve()).then(() => ask(code, places))
    asking.set(digest, turn)
    return turn.finally(() => {
      if (asking.get(digest) === turn) asking.delete(digest)
    })
  }

  async function ask(code: Required<MappedCode>, places: readonly GeneratedPlace[]): Promise<void> {
    const { digest } = code
    const unknown = unknownOf(digest, places)
    if (unknown.length === 0 || bad.get(digest)) return
    const answer = await trace(code, unknown)
    if (!answer.ok && BAD_MAP.has(answer.code)) bad.set(digest, true)
    if (!answer.ok) return
    for (const [i, place] of unknown.entries()) known.set(`${digest} ${keyOf(place)}`, answer.value[i] ?? null)
  }

  function unknownOf(digest: string, places: readonly GeneratedPlace[]): GeneratedPlace[] {
    return places.filter((place) => known.get(`${digest} ${keyOf(place)}`) === undefined)
  }

  return { map }
}

/** Answers that say something of the map; the others are no fault of it. */
const BAD_MAP = new Set<string>(['CHECK_FAILED', 'CHECK_TIMEOUT', 'CHECK_MEMORY'])

/** The newest, and no more of them. */
function createKept<T>(most: number): { get(key: string): T | undefined; set(key: string, value: T): void } {
  const kept = new Map<string, T>()
  return {
    get: (key) => kept.get(key),
    set(key, value) {
      kept.set(key, value)
      const [oldest] = kept.keys()
      if (kept.size > most && oldest !== undefined) kept.delete(oldest)
    },
  }
}

function keyOf({ line, column }: GeneratedPlace): string {
  return `${line}:${column}`
}

function textsOf(result: StepResult): string[] {
  const logs = result.logs.map(({ message }) => message)
  if (result.ok) return logs
  const { message, stack = '' } = result.failure
  return [stack, ...(isOfLoad(result.failure) ? [message] : []), ...logs]
}

const NUMBERS = /^:(\d{1,9}):(\d{1,9})/

/** Each place after a mention of the entry script. Without a pattern for the name, which an author chose. */
function placesIn(texts: readonly string[], origin: string): GeneratedPlace[] {
  const places = new Map<string, GeneratedPlace>()
  for (const text of texts) {
    for (const part of text.split(origin).slice(1)) {
      const numbers = NUMBERS.exec(part)
      if (!numbers) continue
      const place = { line: Number(numbers[1]), column: Number(numbers[2]) }
      if (place.line > 0 && place.column > 0 && places.size < PLACES) places.set(keyOf(place), place)
    }
  }
  return [...places.values()]
}

function withPlaces(result: StepResult, origin: string, found: ReadonlyMap<string, SourcePlace>): StepResult {
  const mapped = (text: string, chars: number) => mappedText(text, origin, found).slice(0, chars).toWellFormed()
  const logs = result.logs.map((line): LogLine => {
    return { ...line, message: mapped(line.message, CAGE_LIMITS.logMessageChars) }
  })
  if (result.ok) return { ...result, logs }
  const { failure } = result
  const stack = failure.stack === undefined ? {} : { stack: mapped(failure.stack, CAGE_LIMITS.messageChars) }
  const message = isOfLoad(failure) ? mapped(failure.message, CAGE_LIMITS.messageChars) : failure.message
  return { ...result, logs, failure: { ...failure, ...stack, message } }
}

/** A script that does not compile has no frames of its own: its message says where. */
function isOfLoad({ code }: RunFailure): boolean {
  return code === 'EXTENSION_LOAD_FAILED'
}

function mappedText(text: string, origin: string, found: ReadonlyMap<string, SourcePlace>): string {
  const [head = '', ...parts] = text.split(origin)
  return head + parts.map((part) => mappedPart(part, origin, found)).join('')
}

function mappedPart(part: string, origin: string, found: ReadonlyMap<string, SourcePlace>): string {
  const numbers = NUMBERS.exec(part)
  const place = numbers && found.get(`${Number(numbers[1])}:${Number(numbers[2])}`)
  if (!numbers || !place) return origin + part
  return `${place.source}:${place.line}:${place.column}${part.slice(numbers[0].length)}`
}
