/**
 * `npm run demo`: the main job from nothing, through the command line and HTTP only. Leaves the service running; with
 * `--exit` it ends, and not with 0 if any step went wrong.
 */
import { connect } from './acts/connect.ts'
import { install } from './acts/install.ts'
import { publish } from './acts/publish.ts'
import { review } from './acts/review.ts'
import { syncHours, syncSites } from './acts/sync.ts'
import { openScene, type Scene } from './scene.ts'
import { ERP_KEY, openStage, type Stage } from './stage.ts'
import { tell } from './tell.ts'

const ACTS: [title: string, play: (scene: Scene) => Promise<void>][] = [
  ['A developer tests, packs and publishes two extensions', publish],
  ['A reviewer approves them', review],
  ['An org admin reads what they ask for, agrees, and installs', install],
  ['The admin connects the ERP and tests the connection', connect],
  ['1,000 sites come in, some of them broken', syncSites],
  ['Hours go out, once that is granted', syncHours],
]

const leaving = process.argv.includes('--exit')
const started = performance.now()
tell.plain('Annex demo: an empty store, the service, and the server of an ERP.')
const stage = await openStage()
const played = await play(stage)
if (leaving || !played) await stage.close()
else stay(stage)
process.exitCode = played ? 0 : 1

async function play(stage: Stage): Promise<boolean> {
  try {
    const scene = await openScene(stage)
    for (const [index, [title, act]] of ACTS.entries()) {
      tell.act(index + 1, title)
      await act(scene)
    }
    tell.plain(`\nAll of it worked, in ${((performance.now() - started) / 1000).toFixed(1)} s.`)
    return true
  } catch (error) {
    tell.bad(error instanceof Error ? error.message : String(error))
    return false
  }
}

function stay({ url, erpUrl, operator, close }: Stage): void {
  tell.plain(`
The service goes on until Ctrl+C, on a store that is then deleted:
  ${url}/docs                        every route
  ${url}/api/marketplace/catalog     the catalog
  ${url}/health                      store, isolation, sandbox
  the admin:     ana@example.org     a long enough pass phrase
  the operator:  ${operator.email}   ${operator.password}
  the ERP:       ${erpUrl}/v1/sites  API key ${ERP_KEY}`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close())
}
