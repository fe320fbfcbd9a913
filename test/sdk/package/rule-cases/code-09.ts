import { annex, entry, type RuleCase } from '../rule-case.ts'

const reaching = (egress: object[], text: string, config = {}) => ({
  ...entry(text),
  ...annex((it) => Object.assign(it, { credentials: undefined, egress, config: { properties: config } })),
})

export const code09Case: RuleCase = {
  trips: [
    entry('fetch("https://collect.stats.example/x")'),
    entry('fetch(`https://collect.stats.example/$\x7bid}`)'),
    entry('var base = "HTTP://Collect.Stats.Example"'),
    entry('var base = "https://user:pw@collect.stats.example:8443/x"'),
    entry('var dev = "http://localhost:3000/api"'),
    entry('var meta = "http://169.254.169.254/latest"'),
    entry('var lan = "http://192.168.1.20/"; '),
    entry('var odd = "http://0x7f.1/x"'),
    entry('var six = "http://[::1]:8080/"'),
    entry('var ip = "https://93.184.216.34/"'),
    entry('var hook = "https://discord.com/api/webhooks/1/x"'),
    entry('var drop = "https://x.m.pipedream.net"'),
    entry('var near = "https://api.erp.example.evil.io/x"'),
    reaching([{ host: '*.erp.example', reason: 'Each tenant' }], 'var x = "https://erp.example/x"'),
  ],
  passes: [
    entry('fetch("https://api.erp.example/x"); fetch(`https://API.erp.example:443/$\x7bid}`)'),
    entry('var ns = "http://www.w3.org/2000/svg", schema = "https://json-schema.org/draft/2020-12/schema"'),
    entry(
      'var feed = { xmlns: "http://purl.acme-feeds.io/x", $schema: "https://acme.io/schema.json", homepage: "https://acme.io" }',
    ),
    entry('throw new Error("see https://docs.acme.io/errors"); // https://docs.acme.io'),
    entry('new URL(path, "http://localhost").searchParams; var text = "https://", open = "http://%s/"'),
    entry('var sample = "https://www.example.com/x"'),
    reaching([{ host: '*.erp.example', reason: 'Each tenant' }], 'var x = "https://a.b.erp.example/x"'),
    reaching([{ host: '{{config.base}}', match: 'any', reason: 'Your server' }], 'var hint = "https://erp.yours.io/"', {
      base: { type: 'string' },
    }),
    {
      ...entry('throw new Error("see", "https://acme-docs.io/x")'),
      manifest: (it) => Object.assign(it, { homepage: 'https://acme-docs.io/site-import' }),
    },
  ],
}
