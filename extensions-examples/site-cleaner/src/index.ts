import { defineTransformation, type TransformResult } from '@annex/sdk'
import { cleanSite } from './clean-site.ts'
import { input, output } from './schemas.ts'

export default defineTransformation({
  input,
  output,
  transform(ctx, records): TransformResult[] {
    return records.map((record) => cleanSite(record, { keepTestSites: ctx.config.keepTestSites === true }))
  },
})
