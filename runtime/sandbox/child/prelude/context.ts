import { call, callLimits, use } from './bridge.ts'
import { fetchResource } from './fetch.ts'
import { sayLog } from './outbox.ts'
import { freeze, TextOf } from './primordials.ts'
import { type AbortController, abortClasses } from './web/abort.ts'
import { base64ToBytes, bytesToBase64 } from './web/base64.ts'
import { isFile } from './web/body.ts'

/** Set when the prelude is bundled: the resources of the platform API, and the text of all log lines of a step. */
declare const RESOURCE_NAMES: readonly string[]
/** By version of the platform: the host calls that it does not have yet. */
declare const CALLS_TO_COME: Readonly<Record<string, readonly string[]>>
declare const LOG_CHARS: number

interface StartInput {
  config: unknown
  installation: { id: string; extension: string; version: string }
  platform: string
}

/** Builds `ctx`: thin coats over host calls. Nothing here decides anything; the host does. */
export function createContext({ config, installation, platform: platformVersion }: StartInput): object {
  return freeze({
    platform,
    fetch: fetchResource,
    kv: hasCall(platformVersion, 'kv.getMany') ? kvOfMany : kv,
    events,
    secrets,
    log,
    config,
    platformVersion,
    installation: freeze(installation),
    get signal() {
      return cancellation().signal
    },
    get limits() {
      return limitUse()
    },
  })
}

let controller: AbortController | undefined
let aborted = false

/** Made for the run that looks at its signal. */
function cancellation(): AbortController {
  if (controller) return controller
  controller = new (abortClasses().AbortController)()
  if (aborted) controller.abort()
  return controller
}

/** The run was cancelled: what the guest's listeners do now is the last that it does. */
export function abortContext(): void {
  aborted = true
  controller?.abort()
}

const platform = freeze(platformResources())

function platformResources(): object {
  const resources: Record<string, object> = { __proto__: null as never }
  for (let i = 0; i < RESOURCE_NAMES.length; i++) {
    const name = RESOURCE_NAMES[i] as string
    resources[name] = platformResource(name)
  }
  return resources
}

function platformResource(resource: string): object {
  return freeze({
    list: (query: object = {}) => call('platform.list', { ...query, resource }),
    get: (id: unknown) => call('platform.get', { resource, id }),
    create: (record: unknown) => call('platform.create', { resource, ...withFile(record) }),
    update: (id: unknown, changes: unknown, options: { ifRev?: number } = {}) =>
      call('platform.update', { resource, id, changes, ...options }),
    remove: async (id: unknown) => void (await call('platform.remove', { resource, id })),
  })
}

/** The bytes stay where they are: of the file the host is told the id. */
function withFile(record: unknown): object {
  if (typeof record !== 'object' || record === null) return { record }
  const { file, ...rest } = record as { file?: unknown }
  return isFile(file) ? { record: rest, file: file.id } : { record }
}

function hasCall(platform: string, name: string): boolean {
  const later = CALLS_TO_COME[platform] as readonly string[]
  for (let i = 0; i < later.length; i++) if (later[i] === name) return false
  return true
}

const kv = freeze({
  get: async (key: unknown) => (await call('kv.get', { key })) ?? undefined,
  set: (key: unknown, value: unknown, options: object = {}) => call('kv.set', { key, value, ...options }),
  delete: (key: unknown, options: object = {}) => call('kv.delete', { key, ...options }),
  list: (query: object = {}) => call('kv.list', { ...query }),
})

const kvOfMany = freeze({
  ...kv,
  getMany: async (keys: unknown) => {
    const found = (await call('kv.getMany', { keys })) as unknown[]
    for (let i = 0; i < found.length; i++) found[i] ??= undefined
    return found
  },
})

const events = freeze({
  emit: async (type: unknown, data: unknown = {}) => void (await call('events.emit', { type, data })),
})

const secrets = freeze({
  hmac: async (ref: unknown, data: unknown) => {
    const args =
      typeof data === 'string' ? { ref, data } : { ref, data: bytesToBase64(data as Uint8Array), encoding: 'base64' }
    const { mac } = (await call('secrets.hmac', args)) as { mac: string }
    return base64ToBytes(mac)
  },
})

const log = freeze({ debug: logger('debug'), info: logger('info'), warn: logger('warn'), error: logger('error') })

/** Lines over the limit are counted and left out, never an error: a chatty run is not a failed one. */
export function logger(level: string): (message: unknown, details?: unknown) => void {
  return (message, details) => {
    if (++use.logLines > callLimits().logLines || use.logChars > LOG_CHARS) return
    use.logChars += sayLog(level, TextOf(message), details)
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
