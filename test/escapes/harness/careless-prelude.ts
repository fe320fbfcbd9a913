/**
 * `ctx` as a host would give it that thinks of no harm: it trusts the guest's own JSON, promises and prototypes, counts
 * nothing and bounds nothing. `$0` answers a call, `$1` waits, `$2` keeps a line. Leaves `carelessly`, which runs a
 * handler and gives the JSON of what it answered.
 */
export const CARELESS_PRELUDE = `
const isHosts = typeof $0 === 'function'
const applied = (f, args) => isHosts
  ? f(...args)
  : f.apply(undefined, args, { arguments: { copy: true }, result: { promise: true, copy: true } })
const call = async (name, args) => JSON.parse(await applied($0, [name, JSON.stringify(args) ?? 'null']))
const resource = (resource) => ({
  list: (query) => call('platform.list', { ...query, resource }),
  get: (id) => call('platform.get', { resource, id }),
  create: (record) => call('platform.create', { resource, record }),
  update: (id, changes) => call('platform.update', { resource, id, changes }),
  remove: (id) => call('platform.remove', { resource, id }),
})
const line = (level) => (message, details) => $2(level + ' ' + message + ' ' + JSON.stringify(details ?? null))
const log = isHosts ? { debug: $2, info: $2, warn: $2, error: $2 } : { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
const ctx = {
  platform: new Proxy({}, { get: (target, name) => resource(String(name)) }),
  kv: {
    get: (key) => call('kv.get', { key }),
    set: (key, value) => call('kv.set', { key, value }),
    delete: (key) => call('kv.delete', { key }),
    list: (query) => call('kv.list', { ...query }),
  },
  fetch: (url, options) => call('fetch', { url, ...options }),
  log,
  config: {},
  installation: { id: 'ins_bare', extension: '@mallory/attack', version: '1.0.0' },
  signal: { aborted: false, addEventListener: (kind, heard) => setTimeout(heard, 20) },
}
globalThis.console ??= { log: log.info, info: log.info, warn: log.warn, error: log.error, debug: log.debug }
globalThis.setTimeout ??= (fire, ms, ...rest) => { applied($1, [Number(ms) || 0]).then(() => fire(...rest)); return 1 }
globalThis.fetch ??= ctx.fetch
globalThis.carelessly = async (handlerJson, argsJson, times) => {
  let owner = annexExtension.default
  const path = JSON.parse(handlerJson)
  for (const name of path.slice(0, -1)) owner = owner[name]
  let value
  for (let i = 0; i < times; i++) {
    try {
      const result = owner[path.at(-1)](ctx, ...JSON.parse(argsJson))
      if (result?.[Symbol.asyncIterator]) for await (value of result);
      else value = await result
    } catch (error) {
      throw new Error(String(error?.message ?? error) + String(error?.name) + String(error?.code) + String(error?.stack))
    }
  }
  return JSON.stringify(value)
}`
