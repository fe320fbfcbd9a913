import type { PackageFixture } from '@annex/package/fixtures/package-fixtures'
import type { Json, JsonObject } from '@annex/sdk/json'
import { functionPath, isRead } from '../../../runtime/trials/handler-path.ts'
import type { BuiltPackage } from '../build-package.ts'
import { projectError } from '../cli-error.ts'
import { nearestName } from '../nearest-name.ts'
import type { DevOptions } from './dev-options.ts'

/** What one run of `annex dev` calls. */
export interface DevTarget {
  /** As people write it: `actions.greet`. */
  handler: string
  args: Json[]
  config: JsonObject
  /** The fixture whose input, settings and recording serve. */
  fixture?: PackageFixture
}

/**
 * The handler that was named, or the fixture of that name. Without a name `check` for a connector and the first fixture
 * for a transformation. What is not given comes from the first fixture of the same handler.
 */
export function devTarget(built: BuiltPackage, fixtures: readonly PackageFixture[], options: DevOptions): DevTarget {
  const named = fixtures.find(({ name }) => name === options.handler)
  const handler = named?.case.handler ?? options.handler ?? defaultHandler(built, fixtures)
  if (!built.handlers.includes(functionPath(handler).join('.'))) throw noHandler(built, fixtures, handler)
  const fixture = named ?? fixtures.find((one) => one.case.handler === handler)
  const config = options.config ?? ((fixture?.case.config ?? {}) as JsonObject)
  const args = options.input !== undefined ? [options.input] : inputOf(handler, fixture)
  return { handler, args, config, ...(fixture && { fixture }) }
}

function defaultHandler({ manifest }: BuiltPackage, fixtures: readonly PackageFixture[]): string {
  if (manifest.annex.kind === 'connector') return 'check'
  return fixtures[0]?.case.handler ?? 'transform'
}

function inputOf(handler: string, fixture: PackageFixture | undefined): Json[] {
  if (fixture) return 'input' in fixture.case ? [fixture.case.input as Json] : []
  if (isRead(handler)) return [{ checkpoint: null, upperBound: now() }]
  if (handler === 'transform' || handler.endsWith('.write')) return [[]]
  if (handler.startsWith('on.')) return [emptyEvent(handler.slice(3))]
  if (handler === 'webhook.parse') return [{ id: 'webhook-1', receivedAt: now(), headers: {}, body: '{}' }]
  if (handler === 'onUpgrade') return ['0.0.1']
  return handler.startsWith('actions.') ? [{}] : []
}

function emptyEvent(type: string): JsonObject {
  return { id: 'event-1', type, occurredAt: now(), organizationId: 'org_local', data: {} }
}

function now(): string {
  return new Date().toISOString()
}

function noHandler({ handlers, manifest }: BuiltPackage, fixtures: readonly PackageFixture[], handler: string) {
  const names = handlers.map((name) => name.replace(/^(actions[.][^.]+)[.]run$/, '$1'))
  const cases = fixtures.map(({ name }) => name)
  const near = nearestName(handler, [...names, ...cases])
  const recorded = cases.length > 0 ? `; fixtures: ${cases.join(', ')}` : ''
  const there = names.length > 0 ? `There are: ${names.join(', ')}${recorded}` : 'The definition has no handler'
  const where = manifest.annex.source ?? 'src/index.ts'
  return projectError(`There is no handler or fixture "${handler}"`, where, near ? `Did you mean ${near}?` : there)
}
