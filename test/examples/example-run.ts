import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Person, TestApp } from '../marketplace/gateway/build-app.ts'
import type { Upstream } from './start-upstream.ts'

/** How one example is put to use, once it is installed. */
export interface ExampleRun {
  /** The name of its folder. */
  name: string
  /** What stands for each host that it reaches. */
  hosts?: Record<string, Upstream>
  /** The configuration of the installation. */
  config?: Record<string, unknown>
  run(t: Test, installed: InstalledExample): Promise<void>
}

export interface InstalledExample {
  app: TestApp
  /** Who installed it. */
  admin: Person
  id: string
}

/** Makes an integration of what is installed and gives its path. */
export async function integrate(
  { admin, id }: InstalledExample,
  slug: string,
  draft: { config?: object; credentials?: object; streams?: object },
): Promise<string> {
  const made = await admin.call('POST', '/api/integrations', {
    ...{ name: slug, slug, connectorId: id, streams: {} },
    ...draft,
  })
  if (made.status !== 201) throw new Error(JSON.stringify(made.body))
  return `/api/integrations/${slug}`
}

/** An inbound binding that takes fields over under the names given. */
export function inbound(resource: string, fields: Record<string, string>, constants: Record<string, string> = {}) {
  const taken = Object.entries(fields).map(([sourceField, targetField]) => ({ sourceField, targetField }))
  const set = Object.entries(constants).map(([field, defaultValue]) => ({
    ...{ sourceField: `absent-${field}`, targetField: field, defaultValue },
  }))
  return { direction: 'INBOUND', resource, fieldMappings: [...taken, ...set] }
}

/** Syncs to the end and gives the counters of the first stream. */
export async function sync(admin: Person, path: string): Promise<Record<string, number>> {
  const started = await admin.call('POST', `${path}/sync`)
  if (started.status >= 300) throw new Error(JSON.stringify(started.body))
  const job = `/api/jobs/${started.text('jobId')}`
  await until(async () =>
    ['READY', 'LEASED'].includes((await admin.call('GET', job)).text('state')) ? undefined : true,
  )
  const { body } = await admin.call('GET', `${path}/status`)
  const { lastResult } = body as { lastResult: { streams?: { counters: Record<string, number> }[] } }
  const counters = lastResult.streams?.[0]?.counters
  if (!counters) throw new Error(JSON.stringify(body))
  return counters
}

/** The records of a resource. */
export async function recordsOf(admin: Person, resource: string): Promise<Record<string, unknown>[]> {
  const { body } = await admin.call('GET', `/api/v1/${resource}?limit=200`)
  return (body as { data: Record<string, unknown>[] }).data
}

/** Looks until there is something. */
export async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(25)
  }
  throw new Error('it never came')
}
