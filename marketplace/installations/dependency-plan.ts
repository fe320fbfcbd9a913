import { satisfies } from 'semver'
import type { Handle, Handles } from '../../runtime/storage/port.ts'
import { refused } from '../errors.ts'
import { abort, written } from '../publishing/commit.ts'
import {
  type Demand,
  type DependencyProblem,
  type PresentDependency,
  resolveDependencies,
} from '../publishing/dependencies.ts'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import { type DependencyLock, type InstallationDocument, installations } from './installation-collections.ts'

const REASON = 'versions belong to publishers, which belong to no organization'

/** One extension that must be installed before another; what comes later in a list needs nothing that is not before it. */
export interface NeededExtension {
  extension: string
  /** The one that is installed, if it fits; else the one to install. */
  version: string
  digest: string
  installed: boolean
  /** What is installed in its place and does not fit. */
  unfit?: string
}

/** What an extension needs in an organization, as it is now. */
export interface DependencyPlan {
  needed: NeededExtension[]
  problems: DependencyProblem[]
  /** What it needs itself, as far as it is installed and fits. */
  lock: DependencyLock[]
  /** Demands of others on the extension that its version is outside of. */
  broken: Demand[]
}

/** What is installed stays if it fits; the demands of everything that is installed count, whoever is asked for. */
export async function planDependencies(
  handles: Handles,
  organizationId: string,
  { extension, version, capabilities: { dependencies } }: ReleaseFacts,
): Promise<DependencyPlan> {
  const live = await liveIn(handles.forOrganization(organizationId))
  const others = live.filter((each) => each.extension !== extension)
  const present = new Map(others.filter(isInstalled).map((each) => [each.extension, presentOf(each, others)]))
  const broken = demandsOn(extension, others).filter(({ range }) => !satisfies(version, range))
  const root = { name: extension, dependencies, audience: [organizationId] }
  const resolved = await resolveDependencies(handles.asSystem(REASON), root, present)
  if (!resolved.ok) return { needed: [], problems: resolved.problems, lock: [], broken }
  const needed = resolved.lock.map(({ name, version: number, digest }) => neededOf(name, number, digest, present))
  const lock = dependencies.flatMap(({ name, range }) => {
    const found = needed.find((each) => each.extension === name && each.installed)
    return found ? [{ name, range, version: found.version, digest: found.digest }] : []
  })
  return { needed, problems: [], lock, broken }
}

/** Why a version cannot be installed with what is there, and what to install first. */
export function refuseUnmet({ extension, version }: ReleaseFacts, { needed, problems, broken }: DependencyPlan) {
  const what = `${extension} ${version}`
  if (broken.length > 0) {
    const names = broken.map(({ by, range }) => `${by} needs ${range}`).join(', ')
    return refused('DEPENDENCY_IN_USE', `${what} does not fit what is installed: ${names}`, {
      details: { dependants: broken },
    })
  }
  const missing = needed.filter(({ installed }) => !installed)
  if (problems.length === 0 && missing.length === 0) return undefined
  const words = [
    ...problems.map(({ message }) => message),
    ...missing.map((each) => `install ${each.extension} ${each.version} first`),
  ]
  const install = missing.map(({ extension: name, version: number, unfit }) => ({
    extension: name,
    version: number,
    ...(unfit === undefined ? {} : { installed: unfit }),
  }))
  return refused('DEPENDENCY_MISSING', `${what}: ${words.join('; ')}`, { details: { install, problems } })
}

/**
 * Inside the commit that installs: what it needs is still there, and cannot be uninstalled by a commit that has not seen
 * this one, for both write its document.
 */
export async function holdDependencies(tenant: Handle, lock: readonly DependencyLock[]): Promise<void> {
  for (const { name, digest } of lock) {
    const [held] = (await tenant(installations).find({ where: { liveKey: name }, limit: 1 })).data
    if (!held || !isInstalled(held) || held.digest !== digest)
      abort(refused('DEPENDENCY_MISSING', `${name} was changed in the meantime`))
    else written(await tenant(installations).patch(held._id, { inc: { dependants: 1 } }, { rev: held.rev }))
  }
}

/** Extensions that need this one, by name. */
export async function dependantsOf(handles: Handle, extension: string): Promise<string[]> {
  const live = await liveIn(handles)
  return demandsOn(
    extension,
    live.filter((each) => each.extension !== extension),
  ).map(({ by }) => by)
}

async function liveIn(tenant: Handle): Promise<InstallationDocument[]> {
  const found: InstallationDocument[] = []
  let cursor: string | undefined
  do {
    const where = { state: { $in: ['installing', 'active', 'disabled'] } }
    const page = await tenant(installations).find({ where, ...(cursor && { cursor }) })
    found.push(...page.data)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return found
}

function isInstalled({ state }: InstallationDocument): boolean {
  return state === 'active' || state === 'disabled'
}

function presentOf(
  { extension, version, digest }: InstallationDocument,
  others: readonly InstallationDocument[],
): PresentDependency {
  return { version, digest, demands: demandsOn(extension, others) }
}

function demandsOn(extension: string, live: readonly InstallationDocument[]): Demand[] {
  return live
    .flatMap(({ extension: by, lock = [] }) => lock.map(({ name, range }) => ({ by, name, range })))
    .filter(({ name }) => name === extension)
    .map(({ by, range }) => ({ by, range }))
    .toSorted((a, b) => (a.by < b.by ? -1 : 1))
}

function neededOf(
  extension: string,
  version: string,
  digest: string,
  present: ReadonlyMap<string, PresentDependency>,
): NeededExtension {
  const there = present.get(extension)
  const installed = there?.digest === digest
  return { extension, version, digest, installed, ...(there && !installed && { unfit: there.version }) }
}
