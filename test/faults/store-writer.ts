import { systemClock } from '../../runtime/clock.ts'
import { createIds } from '../../runtime/ids.ts'
import { openStore, type StoreEngine } from '../../runtime/storage/open-store.ts'
import { halves } from './halves.ts'

/**
 * A process to be killed: writes pairs, each in one commit with its event, and prints a pair's number once the store has
 * acknowledged it. Arguments: the engine as JSON, the number to begin with, and `together`; `apart` commits each half
 * for itself, to show that the test would see it. Each number to begin with has an organization of its own: MongoDB keeps
 * the locks of a transaction whose process was killed for a minute.
 */
const [, , engineText = '', first, manner] = process.argv
const engine = JSON.parse(engineText) as StoreEngine
const store = await openStore({ engine, collections: [halves], clock: systemClock, ids: createIds(Date.now) })
const organization = `org_${first}`
const event = (pair: number) => ({ partition: organization, type: 'pair.written', payload: pair })

const writers = [0, 1, 2, 3].map(async (writer) => {
  for (let pair = Number(first) + writer; ; pair += 4) {
    await (manner === 'apart' ? writeApart(pair) : writeTogether(pair))
    process.stdout.write(`${pair}\n`)
  }
})
await Promise.all(writers)

function writeTogether(pair: number): Promise<void> {
  return store.tx(async (tx) => {
    const documents = tx.forOrganization(organization)(halves)
    await documents.insert({ _id: `left_${pair}`, pair })
    await documents.insert({ _id: `right_${pair}`, pair })
    tx.emit(event(pair))
  })
}

async function writeApart(pair: number): Promise<void> {
  const documents = store.forOrganization(organization)(halves)
  await documents.insert({ _id: `left_${pair}`, pair })
  await documents.insert({ _id: `right_${pair}`, pair })
  await store.tx(async (tx) => tx.emit(event(pair)))
}
