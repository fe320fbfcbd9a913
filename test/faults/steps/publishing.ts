import { got, openMarketplace, packageOf } from '../../marketplace/rig/open-marketplace.ts'
import type { Scenario } from './scenario.ts'

/** From bytes to the catalog: upload, check, claim, verdict. Each round is a version of its own. */
export const publishing: Scenario = {
  name: 'publishing',
  async act(t, place, round) {
    const rig = await openMarketplace(t, { place, ...(place.guests && { checker: place.guests.checker }) })
    const { publishers, submissions } = rig.publishing
    if (!(await publishers.roleOf(rig.author.userId, 'acme'))) await rig.openPublisher()
    const { submission } = got(await submissions.upload(rig.author, packageOf(`1.0.${round}`)))
    await rig.jobs.runDue()
    const checked = got(await submissions.get(rig.author, submission.id))
    if (checked.reviewStatus === 'published') return
    if (checked.reviewId === undefined) throw new Error(`not in review: ${JSON.stringify(checked)}`)
    got(await rig.approve(checked.reviewId))
  },
}
