import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createLog } from '../../../runtime/log.ts'
import { createCage } from '../../../runtime/sandbox/cage.ts'
import { GuestProcess } from '../../../runtime/sandbox/guest-process.ts'
import { READY } from './ready-child.ts'

/** What a child that an attacker took over might write, once it has said that it is ready. */
const HOSTILE: [name: string, code: string][] = [
  ['garbage', 'write(require("node:crypto").randomBytes(65536)); setInterval(() => {}, 1000)'],
  ['a length of 4 GB', 'write(Buffer.from([255, 255, 255, 255])); setInterval(() => {}, 1000)'],
  ['a length of nothing', 'write(Buffer.from([0, 0, 0, 0])); setInterval(() => {}, 1000)'],
  ['an endless frame', 'write(Buffer.from([127, 0, 0, 0])); for (;;) write(Buffer.alloc(65536, 97))'],
  ['a frame without its end', 'write(frame("x").subarray(0, 5)); setInterval(() => {}, 1000)'],
  ['JSON that is no message', 'write(frame("[1,2,3]")); setInterval(() => {}, 1000)'],
  [
    'an answer that nobody asked for',
    'write(frame(JSON.stringify({ t: "slice", run: 1, end: "done", cpuMs: 0 }), "[]")); setInterval(() => {}, 1000)',
  ],
  ['silence', 'setInterval(() => {}, 1000)'],
]

t.test('a child that lies on its channel is killed, and the service lives', async (t) => {
  const cage = createCage()
  t.teardown(() => cage.close())
  const folder = mkdtempSync(join(tmpdir(), 'annex-hostile-'))
  chmodSync(folder, 0o755)
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, code] of HOSTILE) {
    t.test(name, async (t) => {
      writeFileSync(join(folder, 'guest.cjs'), READY + code, { mode: 0o644 })
      const before = process.memoryUsage().rss
      const child = new GuestProcess(cage, folder, 7, createLog('silent'))
      await child.ready
      const answer = await child.ask({ t: 'pull', run: 2, timeoutMs: 100, now: 0 }, '', 500)
      const end = await child.ended
      t.notOk(answer.ok)
      t.equal(end.signal, 'SIGKILL')
      t.equal(end.reason, name === 'silence' || name.startsWith('a frame') ? 'slice' : 'protocol')
      t.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024, 'what it claimed was not kept')
    })
  }
})

t.test('a child in which a layer does not hold is not used', async (t) => {
  const cage = createCage()
  t.teardown(() => cage.close())
  const folder = mkdtempSync(join(tmpdir(), 'annex-hostile-'))
  chmodSync(folder, 0o755)
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'guest.cjs'), `${READY.replace("'no-file-read',", '')};setInterval(() => {}, 1000)`)
  const child = new GuestProcess(cage, folder, 7, createLog('silent'))
  t.equal(await child.ready, false)
  // The first reason counts: this one is for a child that should be gone and is not.
  child.kill('close')
  t.equal((await child.ended).reason, 'start')
})
