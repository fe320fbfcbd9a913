/**
 * A check child: reads what a stranger wrote (archives, manifests, schemas, code) so that the service never has to. It
 * runs in the same cage as guests, without any guest in it, and ends when its supervisor does.
 */
import { Socket } from 'node:net'
import { checkPackage } from '@annex/package/check-package'
import { extractCode } from '@annex/package/extract-code'
import { extractTrial } from '@annex/package/extract-trial'
import type { CheckQuestion } from '../check-protocol.ts'
import { createFrameDecoder, encodeFrame } from '../framing.ts'
import { compareArchives } from './compare-archives.ts'
import { renderPage } from './render-page.ts'
import { takePicture } from './take-picture.ts'
import { tracePlaces } from './trace-places.ts'
import { validateValues } from './validate-values.ts'

declare const CHECK_FRAME_BYTES: number

const CHANNEL_FD = 0
const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true })
const decode = createFrameDecoder(CHECK_FRAME_BYTES)
let last: Promise<void> = Promise.resolve()

channel.on('data', (chunk: Buffer) => {
  for (const { header, body } of decode(chunk)) {
    last = last.then(() => answer(JSON.parse(header) as CheckQuestion, body))
  }
})
channel.on('close', () => process.exit(0))
channel.on('error', () => process.exit(0))

async function answer(question: CheckQuestion, body: Buffer): Promise<void> {
  try {
    const value = await work(question, body)
    channel.write(encodeFrame(JSON.stringify({ t: 'answer', ok: true }), JSON.stringify(value)))
  } catch (error) {
    const message = error instanceof Error ? error.message.slice(0, 1_000) : 'The check failed'
    channel.write(encodeFrame(JSON.stringify({ t: 'answer', ok: false, message })))
  }
}

function work(question: CheckQuestion, body: Buffer): unknown {
  if (question.t === 'check') return checkPackage(body, question.options as Parameters<typeof checkPackage>[1])
  if (question.t === 'extract') return extractCode(body)
  if (question.t === 'trial') return extractTrial(body)
  if (question.t === 'difference') return compareArchives(body)
  if (question.t === 'trace') return tracePlaces(body.toString('utf8'))
  if (question.t === 'render') return renderPage(body.toString('utf8'))
  if (question.t === 'picture') return takePicture(body, question.path)
  return validateValues(body.toString('utf8'))
}
