/**
 * Run by `kill.test.ts` as a process of its own: commits pairs of documents and an event, and says so on standard output
 * after each commit, until it is killed. Arguments: the database file, a name for this run.
 */
import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../../runtime/clock.ts'
import { createIds } from '../../../runtime/ids.ts'
import { openStore } from '../../../runtime/storage/open-store.ts'
import { contractCollections, things } from './contract/things.ts'

const [path = '', run = ''] = process.argv.slice(2)
const ids = createIds(Date.now)
const engine = { kind: 'sqlite', path } as const
const store = await openStore({ engine, collections: contractCollections, clock: systemClock, ids })
const docs = store.forOrganization('org')(things)

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) {
    yield Buffer.alloc(255 * 1024, run)
    await sleep(5)
  }
}

async function pairs(lane: string): Promise<never> {
  for (let n = 0; ; n++) {
    const name = `${run}-${lane}-${n}`
    await store.tx(async (tx) => {
      const inside = tx.forOrganization('org')(things)
      await inside.insert({ _id: `${name}:left`, group: name })
      await inside.insert({ _id: `${name}:right`, group: name })
      tx.emit({ partition: 'org', type: 'pair.made', payload: name })
    })
    writeSync(1, `pair ${name}\n`)
  }
}

async function singles(): Promise<never> {
  for (let n = 0; ; n++) {
    await docs.insert({ _id: `${run}-single-${n}` })
    writeSync(1, `single ${run}-single-${n}\n`)
  }
}

await Promise.all([pairs('a'), pairs('b'), singles(), store.blobs.put(endless())])
