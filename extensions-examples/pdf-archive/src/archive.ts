import type { ConnectorDefinition, Context, JsonObject } from '@annex/sdk'
import { fetchPdf, listPapers, type Paper } from './paperbox.ts'

const PLACE = 'last-paper'

/** Archives the next papers, `limit` of them (10 unless said); `more` says whether to call it again. */
export const archive: NonNullable<ConnectorDefinition['actions']>[string] = {
  params: {
    type: 'object',
    properties: { limit: { type: 'integer', minimum: 1, maximum: 20, description: 'How many papers' } },
    additionalProperties: false,
  },
  async run(ctx: Context, { limit = 10 }: JsonObject) {
    const place = await ctx.kv.get(PLACE)
    const after = place === undefined ? {} : { after: String(place.value) }
    const { papers, more } = await listPapers(ctx, { ...after, limit: Number(limit) })
    let stored = 0
    for (const paper of papers) {
      if (await archiveOnce(ctx, paper)) stored += 1
      // After each paper: what ends the run in the middle costs no paper and repeats none.
      await ctx.kv.set(PLACE, paper.id)
    }
    return { stored, present: papers.length - stored, more }
  },
}

/** Whether it was new. An earlier run may have stored it and ended before it noted so. */
async function archiveOnce(ctx: Context, paper: Paper): Promise<boolean> {
  const present = await ctx.platform.documents?.list({ filter: { reference: paper.id }, limit: 1 })
  if (present?.data.length) return false
  const file = await fetchPdf(ctx, paper.id)
  const category = String(ctx.config.category ?? 'archive')
  const known = { name: `${paper.title}.pdf`, reference: paper.id, category }
  await ctx.platform.documents?.create({ ...known, ...(paper.date && { issuedOn: paper.date }), file })
  return true
}
