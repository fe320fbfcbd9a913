/**
 * A sandbox child: holds isolates, runs one slice at a time when the supervisor asks, and answers. It decides nothing,
 * holds no secret and reaches nothing: the cage around it takes file system, network, processes and environment away.
 */
import type { FromChild, SliceEnd, ToChild } from '../protocol.ts'
import { readFrame, writeFrame } from './channel.ts'
import { closeGuest, type Guest, loadUnit, openGuest, prepareNext, unloadUnit } from './guests.ts'
import { FINISHED } from './prelude/finished.ts'
import { probeCage } from './probe-cage.ts'
import { enterGuest, messageOf, runSlice, type Slice } from './slice.ts'

const guests = new Map<number, Guest>()
const REHEARSAL = 'var annexExtension = { check: () => 1 }'
const REHEARSAL_MS = 5_000
const REHEARSAL_SEED = '00'.repeat(32)

/** A promise that settles across contexts may reject into Node; the slice that caused it was answered already. */
process.on('unhandledRejection', () => {})

rehearse()
probeCage().then((probes) => {
  send({ t: 'ready', probes })
  serve()
})

/** The first run in a process is slower than the others: that one is ours. */
function rehearse(): void {
  const unit = 0
  loadUnit(unit, { source: REHEARSAL, filename: 'annex:rehearsal', cache: undefined, produceCache: true })
  const guest = openGuest(unit, REHEARSAL_SEED)
  if (guest) {
    runSlice(guest, { timeoutMs: REHEARSAL_MS, now: 0 }, () => {
      guest.compiled.entry.runSync(guest.context)
      enterGuest(
        guest,
        'start',
        '{"handler":["check"],"args":[],"config":{},"installation":{},"platform":"1.0.0","limits":{}}',
        REHEARSAL_MS,
      )
    })
    closeGuest(guest)
  }
  unloadUnit(unit)
  prepareNext()
}

/** One frame a turn of the event loop, so that what V8 and the addon clean up later gets its turn too. */
function serve(): void {
  const frame = readFrame()
  if (!frame) process.exit(0)
  receive(JSON.parse(frame.header) as ToChild, frame.body)
  setImmediate(serve)
}

function receive(message: ToChild, body: Buffer): void {
  switch (message.t) {
    case 'load':
      return load(message, body)
    case 'run':
      return run(message, body.toString())
    case 'deliver':
    case 'pull':
    case 'abort':
      return enter(message, body.toString())
    case 'end':
      end(message.run)
      return send({ t: 'done' })
    case 'unload':
      unloadUnit(message.unit)
      return send({ t: 'done' })
    case 'ping':
      return send({ t: 'done' })
  }
}

function load({ unit, filename, sourceBytes, produceCache }: ToChild & { t: 'load' }, body: Buffer): void {
  const source = body.toString('utf8', 0, sourceBytes)
  const cache = body.length > sourceBytes ? body.subarray(sourceBytes) : undefined
  try {
    const produced = loadUnit(unit, { source, filename, cache, produceCache })
    send({ t: 'loaded', unit, ok: true }, produced)
  } catch (error) {
    send({ t: 'loaded', unit, ok: false, message: messageOf(error) })
  }
}

/** An entry script that throws ends the run with its error as the only message. */
function run({ run, unit, seed, timeoutMs, now }: ToChild & { t: 'run' }, input: string): void {
  const guest = openedGuest(unit, seed)
  if (typeof guest === 'string') return answer(run, { ...NOTHING, end: guest })
  guests.set(run, guest)
  let thrown: unknown
  let evaluated = false
  const slice = runSlice(guest, { timeoutMs, now }, () => {
    try {
      guest.compiled.entry.runSync(guest.context, Object.assign(Object.create(null), { timeout: timeoutMs }))
      evaluated = true
    } catch (error) {
      thrown = error
      throw error
    }
    enterGuest(guest, 'start', input, timeoutMs)
  })
  if (slice.end !== 'done' || evaluated) return answer(run, slice)
  const { end, cpuMs } = slice
  answer(run, { end, cpuMs, output: JSON.stringify([{ k: 'error', ...errorTexts(thrown) }]) })
}

/** A context needs room too, and other runs of the installation may have taken the heap that it would need. */
function openedGuest(unit: number, seed: string): Guest | SliceEnd {
  try {
    return openGuest(unit, seed) ?? 'failed'
  } catch {
    return 'memory'
  }
}

function enter({ t: kind, run, timeoutMs, now }: ToChild & { t: 'deliver' | 'pull' | 'abort' }, json: string): void {
  const guest = guests.get(run)
  if (!guest) return answer(run, NOTHING)
  answer(
    run,
    runSlice(guest, { timeoutMs, now }, () => enterGuest(guest, kind, json, timeoutMs)),
  )
}

/** For a run that is not there: it ended, or never opened. */
const NOTHING: Slice = { end: 'failed', cpuMs: 0, output: '[]' }

function end(run: number): void {
  const guest = guests.get(run)
  guests.delete(run)
  if (guest) closeGuest(guest)
}

/** After the last slice of a run the supervisor has to think: time to prepare what it will ask for next. */
function answer(run: number, slice: Slice): void {
  const { end: ending, cpuMs, output, warning } = slice
  send({ t: 'slice', run, end: ending, cpuMs, ...(warning !== undefined && { warning }) }, output)
  if (!output.endsWith(FINISHED)) return
  end(run)
  prepareNext()
}

function send(message: FromChild, body: string | Uint8Array = ''): void {
  writeFrame(message, body)
}

function errorTexts(error: unknown): { message: string; name?: string; stack?: string } {
  const { name, stack } = (error ?? {}) as { name?: unknown; stack?: unknown }
  return {
    message: messageOf(error),
    ...(typeof name === 'string' && { name: name.slice(0, 100) }),
    ...(typeof stack === 'string' && { stack: stack.slice(0, 4_096) }),
  }
}
