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
    case 'start':
      return start(message, body.toString())
    case 'deliver':
      return slice(message.run, message.sliceMs, 'deliver', message.id, body.toString())
    case 'pull':
      return slice(message.run, message.sliceMs, 'pull', 0, '')
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

function start({ run, unit, sliceMs, loadMs }: ToChild & { t: 'start' }, input: string): void {
  const guest = openGuest(unit)
  if (!guest) return answer(run, { end: 'failed', cpuMs: 0, output: '[]' })
  guests.set(run, guest)
  const loaded = loadEntry(guest, loadMs)
  if (loaded.end !== 'done' || loaded.warning !== undefined) return answer(run, loaded)
  const first = runSlice(guest, sliceMs, () => enterGuest(guest, 'start', 0, input, sliceMs))
  answer(run, { ...first, cpuMs: loaded.cpuMs + first.cpuMs, output: joined(loaded.output, first.output) })
}

/** Evaluates the entry script. One that throws ends the run with its error as the only message. */
function loadEntry(guest: Guest, loadMs: number): Slice {
  let thrown: unknown
  const slice = runSlice(guest, loadMs, () => {
    try {
      guest.compiled.entry.runSync(guest.context, Object.assign(Object.create(null), { timeout: loadMs }))
    } catch (error) {
      thrown = error
      throw error
    }
  })
  if (slice.end !== 'done' || slice.warning === undefined) return slice
  const { message, stack } = errorTexts(thrown)
  return { ...slice, output: JSON.stringify([{ k: 'error', message, stack }]) }
}

function slice(run: number, sliceMs: number, kind: 'deliver' | 'pull', id: number, json: string): void {
  const guest = guests.get(run)
  if (!guest) return answer(run, { end: 'failed', cpuMs: 0, output: '[]' })
  answer(
    run,
    runSlice(guest, sliceMs, () => enterGuest(guest, kind, id, json, sliceMs)),
  )
}

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

/** Two JSON arrays as one. */
function joined(first: string, second: string): string {
  if (first === '[]') return second
  return second === '[]' ? first : `${first.slice(0, -1)},${second.slice(1)}`
}

function errorTexts(error: unknown): { message: string; stack?: string } {
  const message = messageOf(error)
  const stack = (error as { stack?: unknown } | null)?.stack
  return typeof stack === 'string' ? { message, stack: stack.slice(0, 4_096) } : { message }
}
