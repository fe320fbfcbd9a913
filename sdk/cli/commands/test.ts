import { buildOrThrow } from '../build-package.ts'
import { projectError } from '../cli-error.ts'
import type { Command, CommandCall, Outcome } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { readFixtures } from '../fixtures/read-fixtures.ts'
import { type FixtureResult, runFixture } from '../fixtures/run-fixture.ts'
import { projectFolder } from '../package-source.ts'
import { withSandbox } from '../run-parts.ts'
import type { Terminal } from '../terminal.ts'

export const test: Command = {
  name: 'test',
  usage: '[folder] [--only <case>]',
  description: `Runs each fixtures/<case>/case.json under the limits of production. A case:
  handler  the path in the definition: check, transform, streams.sites.read, actions.greet
  input    what the handler gets after ctx; absent for check
  expect   the result; for a stream's read the list of its pages; { "$any": "number" } stands for any number
  error    instead of expect: { code, message? } of the error that ends the run
  config   what ctx.config shows
  http     a HAR file beside it that answers for the outside; nothing outside is reached`,
  positionals: { min: 0, max: 1 },
  options: {
    only: { type: 'string', value: '<case>', help: 'Run this case alone' },
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
    for (const fixture of fixtures) done.push(await runFixture(sandbox, built, fixture))
    return done
  })
  const failed = results.filter(({ ok }) => !ok).length
  return {
    exit: failed === 0 ? EXIT.ok : EXIT.failed,
    data: { passed: results.length - failed, failed, results },
    text: [
      ...results.flatMap((result) => showResult(call.terminal, result)),
      `${results.length - failed} passed, ${failed} failed`,
    ].join('\n'),
  }
}

function showResult(terminal: Terminal, result: FixtureResult): string[] {
  const { name, handler, ok, usage, limits } = result
  const mark = ok ? terminal.paint('green', 'passed') : terminal.paint('red', 'failed')
  const use = `cpu ${Math.ceil(usage.cpuMs)}/${limits.cpuMs} ms, host calls ${usage.hostCalls}/${limits.hostCalls}`
  const line = `${mark} ${name} (${handler}; ${terminal.paint('dim', use)})`
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
    ...(failure?.stack ? failure.stack.split('\n') : []),
    ...logs.map(
      ({ level, message, details }) => `log ${level}: ${message}${details ? ` ${JSON.stringify(details)}` : ''}`,
    ),
  ]
}
