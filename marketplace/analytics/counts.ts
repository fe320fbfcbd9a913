import type { FinishedRun } from '../../runtime/invocations/finished-run.ts'
import { type FailureClass, failureClass, type LimitName, limitOf } from './failure-class.ts'
import { bucketOf, type Histogram } from './latency.ts'

/** What is counted of runs. What is zero is absent. */
export type Counts = {
  invocations?: number
  failures?: { [by in FailureClass]?: number }
  limits?: { [limit in LimitName]?: number }
  latency?: Histogram
}

/** Additions by the path of the field: what a patch takes as `inc`. */
export type Increments = { [path: string]: number }

export function incrementsOf({ failure, usage }: Pick<FinishedRun, 'failure' | 'usage'>): Increments {
  const fault = failure && failureClass(failure)
  const limit = failure && limitOf(failure)
  return {
    invocations: 1,
    [`latency.${bucketOf(usage.wallMs)}`]: 1,
    ...(fault && { [`failures.${fault}`]: 1 }),
    ...(limit && { [`limits.${limit}`]: 1 }),
  }
}

export function addIncrements(a: Increments, b: Increments): Increments {
  const sum = { ...a }
  for (const [path, count] of Object.entries(b)) sum[path] = (sum[path] ?? 0) + count
  return sum
}

/** The document's fields that a first patch would make. */
export function fieldsOf(increments: Increments): Record<string, number | Record<string, number>> {
  const fields: Record<string, number | Record<string, number>> = {}
  for (const [path, count] of Object.entries(increments)) {
    const [name = '', inner] = path.split('.')
    const group = fields[name]
    if (inner === undefined) fields[name] = count
    else fields[name] = { ...(typeof group === 'object' ? group : {}), [inner]: count }
  }
  return fields
}

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    invocations: (a.invocations ?? 0) + (b.invocations ?? 0),
    failures: addIncrements(plain(a.failures), plain(b.failures)),
    limits: addIncrements(plain(a.limits), plain(b.limits)),
    latency: addIncrements(plain(a.latency), plain(b.latency)),
  }
}

function plain(group: object | undefined): Increments {
  return { ...group } as Increments
}
