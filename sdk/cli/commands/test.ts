import { buildOrThrow } from '../build-package.ts'
import { projectError } from '../cli-error.ts'
import type { Command, CommandCall, Outcome } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { acceptResult } from '../fixtures/accept-result.ts'
import { type FixtureResult, runExplained } from '../fixtures/explained-fixture.ts'
import { readFixtures } from '../fixtures/read-fixtures.ts'
import { projectFolder } from '../package-source.ts'
import { withSandbox } from '../run-parts.ts'
import type { Terminal } from '../terminal.ts'
import { showUsage } from '../usage-rows.ts'

export const test: Command = {
  name: 'test',
  usage: '[folder] [--only <case>] [--update]',
  description: `Runs each fixtures/<case>/case.json under the limits of production. A case:
  handler  the path in the definition: check, transform, streams.sites.read, actions.greet
  input    what the handler gets after ctx; absent for check
  expect   the result; for a stream's read the list of its pages; { "$any": "number" } stands for any number
  error    instead of expect: { code, message? } of the error that ends the run
  config   what ctx.config shows
  secrets  made-up values of the manifest's secrets, to sign with
  http     a HAR file beside it that answers for the outside; nothing outside is reached`,
  positionals: { min: 0, max: 1 },
  options: {
    only: { type: 'string', value: '<case>', help: 'Run this case alone' },
    update: { type: 'boolean', help: 'Accept the results that differ as what is expected from now on' },
  },
  run,
}

async function run(call: CommandCall): Promise<Outcome> {
  const folder = await projectFolder(call)
  const only = call.text('only')
  const fixtures = (await readFixtures(folder)).filter(({ name }) => only === undefined || name === only)
  if (fixtures.length === 0) {
    const what = only === undefined ? 'The extension has no fixtures' : `There is no fixture "${only}"`
    throw projectError(what, `${folder}/fixtures`, 'Write fixtures/<case>/case.json; see: annex help test')
  }
  const results = await withSandbox(async (sandbox) => {
    const built = await buildOrThrow(folder, sandbox)
    const done: FixtureResult[] = []
    for (const fixture of fixtures) {
      call.terminal.working(`running ${fixture.name}`)
      done.push(await runExplained(sandbox, built, fixture))
    }
    return done
  })
  const updated = call.flag('update') ? await accept(folder, results) : []
  return outcomeOf(call.terminal, results, updated)
}

async function accept(folder: string, results: readonly FixtureResult[]): Promise<string[]> {
  const updated: string[] = []
  for (const result of results) if (!result.ok && (await acceptResult(folder, result))) updated.push(result.name)
  return updated
}

function outcomeOf(terminal: Terminal, results: readonly FixtureResult[], updated: readonly string[]): Outcome {
  const failed = results.filter(({ ok, name }) => !ok && !updated.includes(name)).length
  const passed = results.length - failed - updated.length
  return {
    exit: failed === 0 ? EXIT.ok : EXIT.failed,
    data: { passed, failed, updated, results },
    text: [
      ...results.flatMap((result) => showResult(terminal, result)),
      ...updated.map((name) => `accepted the new result of ${name}: look at the change before you keep it`),
      `${passed} passed, ${failed} failed${updated.length > 0 ? `, ${updated.length} updated` : ''}`,
    ].join('\n'),
  }
}

function showResult(terminal: Terminal, result: FixtureResult): string[] {
  const { name, handler, ok, use } = result
  const mark = ok ? terminal.paint('green', 'passed') : terminal.paint('red', 'failed')
  const line = `${mark} ${name} (${handler}; ${terminal.paint('dim', showUsage(use))})`
  return ok ? [line] : [line, ...failureLines(terminal, result).map((text) => `  ${text}`)]
}

function failureLines(terminal: Terminal, { problems, differences, failure, logs }: FixtureResult): string[] {
  return [
    ...problems,
    ...differences.flatMap(({ path, expected, actual }) => [
      `at ${path}`,
      terminal.paint('green', `  expected ${expected ?? 'nothing'}`),
      terminal.paint('red', `  actual   ${actual ?? 'nothing'}`),
    ]),
    ...(failure?.where ? [`where: ${failure.where}`] : []),
    ...(failure ? [`mend:  ${failure.fix}`] : []),
    ...(failure?.stack ? failure.stack.split('\n').map((line) => line.trim()) : []),
    ...logs.map(
      ({ level, message, details }) => `log ${level}: ${message}${details ? ` ${JSON.stringify(details)}` : ''}`,
    ),
  ]
}
