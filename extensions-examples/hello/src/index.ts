import { defineConnector } from '@annex/sdk'

export default defineConnector({
  async check() {
    return [{ name: 'hello', ok: true, message: 'Nothing to reach: ready' }]
  },
  streams: {},
  actions: {
    greet: {
      params: { type: 'object', properties: { name: { type: 'string', minLength: 1 } }, required: ['name'] },
      async run(ctx, { name }) {
        return { text: `${ctx.config.greeting ?? 'Hello'}, ${name}!` }
      },
    },
  },
})
