import { call, callLimits, use } from './bridge.ts'
import { fetchResource } from './fetch.ts'
import { sayLog } from './outbox.ts'
import { freeze, TextOf } from './primordials.ts'
import { AbortController } from './web/abort.ts'

interface StartInput {
  config: unknown
  installation: { id: string; extension: string; version: string }
  resources: string[]
}

/** Builds `ctx`: thin coats over host calls. Nothing here decides anything; the host does. */
export function createContext(input: StartInput): object {
  const platform: Record<string, object> = { __proto__: null as never }
  for (let i = 0; i < input.resources.length; i++) {
    const name = input.resources[i] as string
    platform[name] = platformResource(name)
  }
  return freeze({
    platform: freeze(platform),
    fetch: fetchResource,
    kv,
    log,
    config: input.config,
    installation: freeze(input.installation),
    signal: new AbortController().signal,
    get limits() {
      return limitUse()
    },
  })
}

function platformResource(resource: string): object {
  return freeze({
    list: (query: object = {}) => call('platform.list', { ...query, resource }),
    get: (id: unknown) => call('platform.get', { resource, id }),
    create: (record: unknown) => call('platform.create', { resource, record }),
    update: (id: unknown, changes: unknown, options: { ifRev?: number } = {}) =>
      call('platform.update', { resource, id, changes, ...options }),
    remove: async (id: unknown) => void (await call('platform.remove', { resource, id })),
  })
}

const kv = freeze({
  get: async (key: unknown) => (await call('kv.get', { key })) ?? undefined,
  set: (key: unknown, value: unknown, options: object = {}) => call('kv.set', { key, value, ...options }),
  delete: (key: unknown, options: object = {}) => call('kv.delete', { key, ...options }),
  list: (query: object = {}) => call('kv.list', { ...query }),
})

const log = freeze({ debug: logger('debug'), info: logger('info'), warn: logger('warn'), error: logger('error') })

/** Lines over the limit are counted and left out, never an error: a chatty run is not a failed one. */
export function logger(level: string): (message: unknown, details?: unknown) => void {
  return (message, details) => {
    if (++use.logLines > callLimits().logLines) return
    sayLog(level, TextOf(message), details)
  }
}

function limitUse(): object {
  const limit = callLimits()
  return {
    hostCalls: { used: use.hostCalls, limit: limit.hostCalls },
    fetches: { used: use.fetches, limit: limit.fetches },
    logLines: { used: use.logLines, limit: limit.logLines },
  }
}
