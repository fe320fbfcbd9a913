import type { Finding } from '@annex/package/finding'
import { readManifest } from '@annex/package/pack'
import type { PackageChecker } from '../../../runtime/sandbox/package-checker.ts'
import type { Sandbox } from '../../../runtime/sandbox/run.ts'
import { authorFindings } from '../author-findings.ts'
import { buildPackage, buildProblem } from '../build-package.ts'
import { CliError } from '../cli-error.ts'
import type { Command, CommandCall, Outcome } from '../command.ts'
import { createDevReport, type TellDev } from '../dev/dev-events.ts'
import { type DevOptions, devOptions } from '../dev/dev-options.ts'
import { devTarget } from '../dev/dev-target.ts'
import { openUpstream } from '../dev/open-upstream.ts'
import { runTarget } from '../dev/run-target.ts'
import { watchProject } from '../dev/watch-project.ts'
import { EXIT } from '../exit-codes.ts'
import { readFixtures } from '../fixtures/read-fixtures.ts'
import { withChecker, withSandbox } from '../run-parts.ts'

export const dev: Command = {
  name: 'dev',
  usage: '[handler | case] [--input <json>] [--upstream <case | file>] [--once]',
  description: `Builds and runs the extension of the present folder in the real sandbox, again at each save.
  Shows each host call with its decision, the log, the result, and the use of each limit.
  Without a handler: check for a connector, the first fixture for a transformation.
  A handler without --input takes the input of the first fixture of the same handler.
  The platform's records begin empty in each run, with every scope of the manifest granted.`,
  positionals: { min: 0, max: 1 },
  options: {
    input: { type: 'string', value: '<file | json>', help: 'What the handler gets after ctx' },
    config: { type: 'string', value: '<file | json>', help: 'What ctx.config shows' },
    credentials: {
      type: 'string',
      value: '<file | json>',
      help: 'What the host adds to requests; never seen by the code',
    },
    upstream: {
      type: 'string',
      value: '<case | file>',
      help: 'Answers for the outside: the recording of a fixture, or dev/upstream.ts',
    },
    once: { type: 'boolean', help: 'Run once and exit: code 0 when the run went well, else 1' },
  },
  run,
}

/** SIGHUP: the terminal was closed. */
const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

async function run(call: CommandCall): Promise<Outcome> {
  const options = await devOptions(call)
  const tell = createDevReport(call.terminal, call.json)
  const ended = new AbortController()
  const end = () => ended.abort()
  // A second one of the same kind ends annex at once.
  for (const signal of END_SIGNALS) process.once(signal, end)
  try {
    const ok = await withSandbox((sandbox) =>
      withChecker((checker) => {
        const cycle = (signal: AbortSignal) =>
          tellErrors(tell, () => oneCycle({ sandbox, checker, options, tell, signal }))
        return call.flag('once') ? cycle(ended.signal) : watching(options.folder, cycle, tell, ended.signal)
      }),
    )
    return {
      exit: ok || (!call.flag('once') && ended.signal.aborted) ? EXIT.ok : EXIT.failed,
      data: {},
      text: '',
      told: true,
    }
  } finally {
    for (const signal of END_SIGNALS) process.off(signal, end)
  }
}

/** Runs a cycle at each change, and stops the one that still runs. */
async function watching(
  folder: string,
  cycle: (signal: AbortSignal) => Promise<boolean>,
  tell: TellDev,
  ended: AbortSignal,
): Promise<boolean> {
  const read = await readManifest(folder)
  const source = read.ok ? read.manifest.annex.source : undefined
  const watch = await watchProject(folder, source ?? 'src/index.ts')
  const end = new Promise<void>((resolve) => ended.addEventListener('abort', () => resolve(), { once: true }))
  try {
    while (!ended.aborted) {
      const stale = new AbortController()
      const change = watch.next().then(() => stale.abort())
      await cycle(AbortSignal.any([ended, stale.signal]))
      if (!ended.aborted && !stale.signal.aborted) tell({ event: 'waiting' })
      await Promise.race([change, end])
    }
    return true
  } finally {
    watch.close()
  }
}

interface Cycle {
  sandbox: Sandbox
  checker: PackageChecker
  options: DevOptions
  tell: TellDev
  signal: AbortSignal
}

/** Build, check, run. A manifest that is not sound cannot be run; what else the rules say is told beside the run. */
async function oneCycle({ sandbox, checker, options, tell, signal }: Cycle): Promise<boolean> {
  const started = performance.now()
  const build = await buildPackage(options.folder, sandbox)
  if (!build.ok) throw buildProblem(options.folder, build.findings)
  const { built } = build
  const { name, version } = built.manifest
  tell({ event: 'built', name, version, bytes: built.bytes.length, ms: Math.round(performance.now() - started) })
  const checked = await checker.check(built.bytes, {})
  if (!checked.ok) throw new CliError(EXIT.failed, checked.code, checked.message)
  const findings = authorFindings([...built.warnings, ...checked.value.findings], built)
  if (findings.length > 0) tell({ event: 'findings', findings })
  if (findings.some(isUnsound)) return false
  if (signal.aborted) return false
  const target = devTarget(built, await readFixtures(options.folder), options)
  const { upstream, title } = await openUpstream(options, built, target)
  try {
    const { handler, fixture } = target
    tell({ event: 'run', handler, ...(fixture && { fixture: fixture.name }), upstream: title })
    const { credentials } = options
    return await runTarget({ sandbox, built, target, upstream, tell, signal, ...(credentials && { credentials }) })
  } finally {
    await upstream.close()
  }
}

/** A call that the manifest does not ask for (MAN-10) is refused in the run, which shows where. */
function isUnsound({ severity, rule }: Finding): boolean {
  return severity === 'error' && rule.startsWith('MAN-') && rule !== 'MAN-10'
}

/** What the author can mend is told, and the watching goes on. */
async function tellErrors(tell: TellDev, work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    const { code, message, where, fix } = error
    tell({ event: 'problem', code, message, ...(where && { where }), ...(fix && { fix }) })
    return false
  }
}
