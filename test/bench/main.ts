/**
 * `npm run bench`: one JSON line for each measurement as it comes, and a table of all at the end (on standard error);
 * `-- --json` leaves the table out, other arguments keep the groups whose name contains one of them. Compare ratios, not
 * values: machines differ.
 */
import type { BenchLine } from './bench-line.ts'
import { batches } from './cage/batches.ts'
import { coldStart } from './cage/cold-start.ts'
import { hostCalls } from './cage/host-calls.ts'
import { idleMemory } from './cage/idle-memory.ts'
import { recovery } from './cage/recovery.ts'
import { warmInvocation } from './cage/warm-invocation.ts'
import { createRawIsolate, type RawIsolate } from './peer/raw-isolate.ts'
import { wholeInvocation } from './product/whole-invocation.ts'
import { wholeStart } from './product/whole-start.ts'
import { wholeSync } from './product/whole-sync.ts'
import { wholeTransformation } from './product/whole-transformation.ts'
import { catalogPage } from './service/catalog-page.ts'
import { catalogSearch } from './service/catalog-search.ts'
import { downloads } from './service/downloads.ts'
import { hostileLoad } from './service/hostile-load.ts'
import { packageChecks } from './service/package-checks.ts'
import { publishToVerdict } from './service/publish-to-verdict.ts'
import { table } from './table.ts'

const GROUPS: Readonly<Record<string, (raw: RawIsolate) => Promise<BenchLine[]>>> = {
  'warm-invocation': warmInvocation,
  'host-calls': hostCalls,
  'cold-start': coldStart,
  batches,
  'idle-memory': idleMemory,
  recovery,
  'whole-invocation': wholeInvocation,
  'whole-transformation': wholeTransformation,
  'whole-start': wholeStart,
  'whole-sync': wholeSync,
  'catalog-page': catalogPage,
  'catalog-search': catalogSearch,
  'hostile-load': hostileLoad,
  'package-checks': packageChecks,
  'publish-to-verdict': publishToVerdict,
  downloads,
}

const args = process.argv.slice(2)
const unknown = args.find((arg) => arg.startsWith('--') && arg !== '--json')
const wanted = args.filter((arg) => !arg.startsWith('--'))
const chosen = Object.entries(GROUPS).filter(
  ([name]) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
)
if (unknown !== undefined || chosen.length === 0) {
  console.error(
    `usage: npm run bench [-- --json] [-- <part of a name> …]; the names: ${Object.keys(GROUPS).join(', ')}`,
  )
  process.exitCode = 2
} else await measure(chosen)

/** A group that fails is told, and makes the whole fail; the others are measured all the same. */
async function measure(groups: typeof chosen): Promise<void> {
  const lines: BenchLine[] = []
  const raw = await createRawIsolate()
  for (const [group, bench] of groups) {
    try {
      for (const line of await bench(raw)) {
        lines.push(line)
        console.log(JSON.stringify({ group, ...line }))
      }
    } catch (error) {
      process.exitCode = 1
      console.error(`${group} failed:`, error)
    }
  }
  await raw.close()
  if (!args.includes('--json')) console.error(`\n${table(lines)}`)
}
