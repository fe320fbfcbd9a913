import type { Capabilities } from '@annex/sdk/manifest/capabilities'
import { satisfies } from 'semver'
import type { Handle } from '../../runtime/storage/port.ts'
import { extensions, type VersionDocument } from './publishing-collections.ts'
import { highestVersion, readRange } from './resolve-version.ts'
import { type Audience, isOffered, reaches } from './visibility.ts'

/** Extensions in a row, each needing the next, and extensions in all that one may need. */
export const DEPENDENCY_LIMITS = { depth: 8, total: 64 } as const

/** One extension that another needs, at the version that all demands on it leave. */
export interface LockedDependency {
  /** `@publisher/name`. */
  name: string
  version: string
  /** SHA-256 (hex) of the package. */
  digest: string
  /** Who needs it. In alphabetical order. */
  demands: Demand[]
}

/** `by` is `@publisher/name`. */
export interface Demand {
  by: string
  range: string
}

export interface DependencyProblem {
  code:
    | 'name'
    | 'range'
    | 'self'
    | 'missing'
    | 'unavailable'
    | 'no-version'
    | 'conflict'
    | 'cycle'
    | 'too-deep'
    | 'too-many'
  /** The extension that cannot be had. */
  name: string
  message: string
  /** From the one that is resolved to the one that cannot be had, each needing the next. */
  path: string[]
}

/** Sorted so that whatever comes later needs nothing that is not before it. */
export type Resolution = { ok: true; lock: LockedDependency[] } | { ok: false; problems: DependencyProblem[] }

export interface DependencyRoot {
  /** `@publisher/name`. */
  name: string
  dependencies: Capabilities['dependencies']
  /** Who must be able to install all of it. */
  audience: Audience
}

/** Something that is there already, and stays if it fits. What it needs itself was seen to when it came. */
export interface PresentDependency {
  version: string
  digest: string
  /** Demands of others that are there. */
  demands: readonly Demand[]
}

export type Present = ReadonlyMap<string, PresentDependency>

type Choice = Pick<VersionDocument, 'version' | 'digest'> & { needs: Capabilities['dependencies'] }
type Chosen = ReadonlyMap<string, Choice>

/**
 * Finds for everything that the root needs, and what that needs in turn, the highest version that satisfies every
 * demand on it at once: one version of each, whoever asks. The same store, the same answer. Choices change demands and
 * demands choices, so it is repeated until nothing changes.
 */
export async function resolveDependencies(
  handle: Handle,
  root: DependencyRoot,
  present: Present = new Map(),
): Promise<Resolution> {
  const known = new Map<string, Choice | DependencyProblem>()
  let chosen: Chosen = new Map()
  for (let round = 0; round <= DEPENDENCY_LIMITS.total; round++) {
    const walked = walk(root, chosen)
    if ('problem' in walked) return { ok: false, problems: [walked.problem] }
    const next = new Map<string, Choice>()
    const problems: DependencyProblem[] = []
    for (const sought of soughtBy(walked, present)) {
      const question = JSON.stringify([sought.name, sought.demands])
      const found = known.get(question) ?? (await choose(handle, root.audience, sought, present.get(sought.name)))
      known.set(question, found)
      if ('code' in found) problems.push(found)
      else next.set(sought.name, found)
    }
    if (problems.length > 0) return { ok: false, problems }
    if (isSame(chosen, next)) return { ok: true, lock: lockOf(walked, next) }
    chosen = next
  }
  const message = 'what it needs cannot be settled: each choice asks for another one'
  return { ok: false, problems: [{ code: 'conflict', name: root.name, message, path: [root.name] }] }
}

interface Walk {
  demands: Map<string, Demand[]>
  /** How each extension is reached first: in the order of the names at each step. */
  paths: Map<string, string[]>
  /** Each after all that it needs. */
  order: string[]
}

/** Follows the demands of what is chosen so far. */
function walk(root: DependencyRoot, chosen: Chosen): Walk | { problem: DependencyProblem } {
  const found: Walk = { demands: new Map(), paths: new Map(), order: [] }
  const visited = new Set<string>()

  function visit(
    by: string,
    needs: Capabilities['dependencies'],
    path: readonly string[],
  ): DependencyProblem | undefined {
    for (const { name, range } of needs) {
      const here = [...path, name]
      const fault = faultOf(found, { name, range, path: here })
      if (fault) return fault
      if (!found.paths.has(name)) found.paths.set(name, here)
      found.demands.set(name, [...(found.demands.get(name) ?? []), { by, range }])
    }
    for (const { name } of needs) {
      if (visited.has(name)) continue
      visited.add(name)
      const deeper = visit(name, chosen.get(name)?.needs ?? [], [...path, name])
      if (deeper) return deeper
      found.order.push(name)
    }
    return undefined
  }

  const problem = visit(root.name, root.dependencies, [root.name]) ?? tooDeep(root, chosen, found.order)
  return problem ? { problem } : found
}

/** The longest way to each, from those that nothing else needs on. */
function tooDeep({ name: start, dependencies }: DependencyRoot, chosen: Chosen, order: readonly string[]) {
  const ways = new Map([[start, [start]]])
  for (const by of [start, ...order.toReversed()]) {
    const way = ways.get(by) ?? [by]
    for (const { name } of by === start ? dependencies : (chosen.get(by)?.needs ?? [])) {
      const here = [...way, name]
      if (here.length - 1 > DEPENDENCY_LIMITS.depth) {
        const message = `${here.join(' → ')}: more than ${DEPENDENCY_LIMITS.depth} extensions in a row`
        return { code: 'too-deep', name, path: here, message } as const
      }
      if (here.length > (ways.get(name)?.length ?? 0)) ways.set(name, here)
    }
  }
  return undefined
}

const NAME = /^@[a-z0-9][a-z0-9-]{0,63}\/[a-z0-9][a-z0-9._-]{0,63}$/

function faultOf(
  { paths }: Walk,
  { name, range, path }: { name: string; range: string; path: string[] },
): DependencyProblem | undefined {
  if (!NAME.test(name)) return { code: 'name', name, path, message: `${name} is no name of an extension` }
  if (!readRange(range)) {
    const message = `${JSON.stringify(range)} is no range of versions of ${name}: no tag, address or workspace is taken`
    return { code: 'range', name, path, message }
  }
  if (path.length === 2 && path[0] === name) return { code: 'self', name, path, message: `${name} needs itself` }
  if (path.indexOf(name) < path.length - 1)
    return { code: 'cycle', name, path, message: `${path.join(' → ')} is a circle` }
  if (paths.has(name) || paths.size < DEPENDENCY_LIMITS.total) return undefined
  const message = `it needs more than ${DEPENDENCY_LIMITS.total} extensions, those that they need included`
  return { code: 'too-many', name, path, message }
}

interface Sought {
  name: string
  demands: readonly Demand[]
  path: string[]
}

function soughtBy({ paths, demands }: Walk, present: Present): Sought[] {
  return [...paths].map(([name, path]) => {
    const all = [...(demands.get(name) ?? []), ...(present.get(name)?.demands ?? [])]
    return { name, path, demands: all.toSorted((a, b) => (a.by < b.by ? -1 : 1)) }
  })
}

async function choose(
  handle: Handle,
  audience: Audience,
  { name, demands, path }: Sought,
  present: PresentDependency | undefined,
): Promise<DependencyProblem | Choice> {
  if (present && demands.every(({ range }) => satisfies(present.version, range)))
    return { version: present.version, digest: present.digest, needs: [] }
  const extension = await handle(extensions).get(name)
  if (!extension || !reaches(extension, audience))
    return { code: 'missing', name, path, message: `there is no extension ${name} in the catalog` }
  if (extension.status === 'suspended' || extension.status === 'removed')
    return { code: 'unavailable', name, path, message: `${name} is ${extension.status}` }
  const highest = (ranges: readonly string[]) =>
    highestVersion(handle, name, ranges, (version) => isOffered(extension, version))
  const found = await highest(demands.map(({ range }) => range))
  if (found) return { version: found.version, digest: found.digest, needs: found.capabilities.dependencies }
  for (const { by, range } of demands) {
    if (await highest([range])) continue
    return { code: 'no-version', name, path, message: `no version of ${name} that can be had is in ${range} (${by})` }
  }
  const all = demands.map(({ by, range }) => `${by} needs ${range}`).join(', ')
  return { code: 'conflict', name, path, message: `no version of ${name} fits all that need it: ${all}` }
}

function isSame(before: Chosen, after: Chosen): boolean {
  return before.size === after.size && [...after].every(([name, { version }]) => before.get(name)?.version === version)
}

function lockOf({ order, demands }: Walk, chosen: Chosen): LockedDependency[] {
  return order.flatMap((name) => {
    const found = chosen.get(name)
    if (!found) return []
    const { version, digest } = found
    return [{ name, version, digest, demands: (demands.get(name) ?? []).toSorted((a, b) => (a.by < b.by ? -1 : 1)) }]
  })
}
