import { parseArgs } from 'node:util'
import { createCostructorServer } from './costructor-server.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4100' },
    sites: { type: 'string', default: '1000' },
    'broken-every': { type: 'string', default: '0' },
    'rate-limit-every': { type: 'string', default: '0' },
    'latency-ms': { type: 'string', default: '0' },
    'api-key': { type: 'string', default: 'costructor-demo-key' },
  },
})

const server = await createCostructorServer({
  port: wholeNumber('port'),
  sites: wholeNumber('sites'),
  brokenEvery: wholeNumber('broken-every'),
  rateLimitEvery: wholeNumber('rate-limit-every'),
  latencyMs: wholeNumber('latency-ms'),
  apiKey: values['api-key'],
})
console.log(`Costructor's API with ${server.sites.length} sites (${server.broken.length} faulty): ${server.url}`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close())

function wholeNumber(name: Exclude<keyof typeof values, 'api-key'>): number {
  const value = Number(values[name])
  if (!Number.isInteger(value) || value < 0) throw new RangeError(`--${name} must be a whole number, 0 or more`)
  return value
}
