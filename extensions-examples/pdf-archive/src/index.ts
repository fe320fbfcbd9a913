import { defineConnector } from '@annex/sdk'
import { archive } from './archive.ts'
import { listPapers } from './paperbox.ts'

export default defineConnector({
  async check(ctx) {
    const { papers } = await listPapers(ctx, { limit: 1 })
    return [{ name: 'list', ok: true, message: `Saw ${papers.length} paper` }]
  },
  streams: {},
  actions: { archive },
})
