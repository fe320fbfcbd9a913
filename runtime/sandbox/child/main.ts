/**
 * A sandbox child: holds isolates, runs one slice at a time when the supervisor asks, and answers. It decides nothing,
 * holds no secret and reaches nothing: the cage around it takes file system, network, processes and environment away.
 */
import { Socket } from 'node:net'
import { createFrameDecoder, encodeFrame } from '../framing.ts'
import type { FromChild, ToChild } from '../protocol.ts'
import { closeGuest, type Guest, loadUnit, openGuest } from './guests.ts'
import { probeCage } from './probe-cage.ts'
import { enterGuest, messageOf, runSlice, type Slice } from './slice.ts'

declare const FRAME_BYTES: number

const CHANNEL_FD = 3
const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true })
const decode = createFrameDecoder(FRAME_BYTES)
const guests = new Map<number, Guest>()

channel.on('data', (chunk: Buffer) => {
  for (const frame of decode(chunk)) receive(JSON.parse(frame.header) as ToChild, frame.body)
})
channel.on('close', () => process.exit(0))
channel.on('error', () => process.exit(0))
/** A promise that settles across contexts may reject into Node; the slice that caused it was answered already. */
process.on('unhandledRejection', () => {})

probeCage().then((probes) => send({ t: 'ready', probes }))

function receive(message: ToChild, body: Buffer): void {
  switch (message.t) {
    case 'load':
      return load(message, body.toString())
    case 'open':
      return open(message)
    case 'start':
      return enter(message.run, message.timeoutMs, 'start', 0, body.toString())
    case 'deliver':
      return enter(message.run, message.timeoutMs, 'deliver', message.id, body.toString())
    case 'pull':
      return enter(message.run, message.timeoutMs, 'pull', 0, '')
    case 'end':
      return end(message.run)
  }
}

function load({ unit, filename, heapMb }: ToChild & { t: 'load' }, source: string): void {
  try {
    loadUnit(unit, { source, filename, heapMb })
    send({ t: 'loaded', unit, ok: true })
  } catch (error) {
    send({ t: 'loaded', unit, ok: false, message: messageOf(error) })
  }
}

/** An entry script that throws ends the run with its error as the only message. */
function open({ run, unit, timeoutMs }: ToChild & { t: 'open' }): void {
  const guest = openGuest(unit)
  if (!guest) return answer(run, NOTHING)
  guests.set(run, guest)
  let thrown: unknown
  const slice = runSlice(guest, timeoutMs, () => {
    try {
      guest.compiled.entry.runSync(guest.context, Object.assign(Object.create(null), { timeout: timeoutMs }))
    } catch (error) {
      thrown = error
      throw error
    }
  })
  if (slice.end !== 'done' || slice.warning === undefined) return answer(run, slice)
  const { end, cpuMs } = slice
  answer(run, { end, cpuMs, output: JSON.stringify([{ k: 'error', ...errorTexts(thrown) }]) })
}

function enter(run: number, timeoutMs: number, kind: 'start' | 'deliver' | 'pull', id: number, json: string): void {
  const guest = guests.get(run)
  if (!guest) return answer(run, NOTHING)
  answer(
    run,
    runSlice(guest, timeoutMs, () => enterGuest(guest, kind, id, json, timeoutMs)),
  )
}

/** For a run that is not there: it ended, or never opened. */
const NOTHING: Slice = { end: 'failed', cpuMs: 0, output: '[]' }

function end(run: number): void {
  const guest = guests.get(run)
  guests.delete(run)
  if (guest) closeGuest(guest)
}

function answer(run: number, { end, cpuMs, output, warning }: Slice): void {
  send({ t: 'slice', run, end, cpuMs, ...(warning !== undefined && { warning }) }, output)
}

function send(message: FromChild, body = ''): void {
  channel.write(encodeFrame(JSON.stringify(message), body))
}

function errorTexts(error: unknown): { message: string; stack?: string } {
  const message = messageOf(error)
  const stack = (error as { stack?: unknown } | null)?.stack
  return typeof stack === 'string' ? { message, stack: stack.slice(0, 4_096) } : { message }
}
