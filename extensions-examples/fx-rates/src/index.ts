import { defineConnector } from '@annex/sdk'
import { convert } from './convert.ts'
import { fetchRates } from './ecb.ts'
import { refreshRates } from './rates.ts'

export default defineConnector({
  async check(ctx) {
    const { date, rates } = await fetchRates(ctx)
    return [{ name: 'rates', ok: true, message: `${Object.keys(rates).length} rates of ${date}` }]
  },
  streams: {},
  actions: { convert },
  schedules: {
    async nightly(ctx) {
      const { date, rates } = await refreshRates(ctx)
      ctx.log.info('rates refreshed', { date, currencies: Object.keys(rates).length })
    },
  },
})
