import { readFile, stat, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Recording } from '../../../runtime/recordings/recording.ts'
import { replayRecording } from '../../../runtime/recordings/replay.ts'
import type { Sandbox } from '../../../runtime/sandbox/run.ts'
import { type BuiltPackage, buildOrThrow } from '../build-package.ts'
import { CliError, usageError } from '../cli-error.ts'
import type { Command, CommandCall, Outcome } from '../command.ts'
import { loginFor } from '../credentials.ts'
import { EXIT } from '../exit-codes.ts'
import { type PackageSource, packageSource } from '../package-source.ts'
import { parseRecording } from '../replay/parse-recording.ts'
import { replayData, type ShownReplay, showReplay } from '../replay/show-replay.ts'
import { withChecker, withSandbox } from '../run-parts.ts'
import { createServerClient } from '../server-client.ts'
import { createSourcePlaces } from '../source-places.ts'

export const replay: Command = {
  name: 'replay',
  usage: '<file | run> [folder | package.tgz]',
  description: `Runs a recorded run again in the sandbox: with its clock, its random numbers, and the answers that the platform
and the outside gave then. Nothing is reached. Says whether the run is equal, or where it departs: the first call that
differs, or another end. Runs that fail are recorded; an admin of the organization fetches the recording:
  annex replay <run> --installation <id> [--save recording.json]`,
  positionals: { min: 1, max: 2 },
  options: {
    installation: { type: 'string', value: '<id>', help: 'Fetch the recording of a run of this installation' },
    save: { type: 'string', value: '<file>', help: 'Keep the fetched recording as a file' },
    server: { type: 'string', value: '<address>', help: 'The server; the one of the latest login unless said' },
  },
  run,
}

/** A recording has four million characters at most, and some for their quotes. */
const MOST_BYTES = 64 * 1024 * 1024

async function run(call: CommandCall): Promise<Outcome> {
  const [name = '', folder] = call.positionals
  const recording = await recordingFor(call, name)
  const from = await packageSource({ ...call, positionals: folder === undefined ? [] : [folder] })
  const shown = await withSandbox(async (sandbox): Promise<ShownReplay> => {
    const { source, digest, places } = await codeIn(from, sandbox)
    const code = { organizationId: 'org_local', digest, source: async () => source }
    const result = await replayRecording(sandbox, recording, code)
    return { recording, replay: result, sameCode: digest === recording.digest, places }
  })
  return {
    exit: shown.replay.equal || shown.replay.equalSoFar ? EXIT.ok : EXIT.failed,
    data: replayData(shown),
    text: showReplay(call.terminal, shown).join('\n'),
  }
}

type Code = Pick<BuiltPackage, 'source' | 'digest' | 'places'>

async function codeIn(from: PackageSource, sandbox: Sandbox): Promise<Code> {
  if (from.kind === 'folder') return buildOrThrow(from.path, sandbox)
  const read = await withChecker((checker) => checker.extract(from.bytes))
  if (!read.ok) {
    const fix = 'Name a .tgz that annex pack made'
    throw new CliError(EXIT.failed, read.code, `The package cannot be read: ${read.message}`, { where: from.path, fix })
  }
  const { source, digest, manifest, sourceMap } = read.value
  const { entry = '' } = manifest.annex as { entry?: string }
  return { source, digest, places: createSourcePlaces({ entry, source, sourceMap: sourceMap ?? NO_MAP }) }
}

const NO_MAP = '{"version":3,"sources":[],"names":[],"mappings":""}'

async function recordingFor(call: CommandCall, name: string): Promise<Recording> {
  const installation = call.text('installation')
  const save = call.text('save')
  if (installation !== undefined) {
    const recording = await fetchRecording(call, installation, name)
    if (save !== undefined) await writeFile(resolve(call.cwd, save), `${JSON.stringify(recording)}\n`, { mode: 0o600 })
    return recording
  }
  if (save !== undefined) throw usageError('--save keeps what is fetched', 'Write --installation <id> too')
  return readRecording(resolve(call.cwd, name))
}

async function fetchRecording(call: CommandCall, installation: string, run: string): Promise<Recording> {
  const login = await loginFor(call.configuration, call.text('server'))
  const [id, runId] = [installation, run].map(encodeURIComponent)
  const path = `/api/marketplace/installations/${id}/invocations/${runId}/recording`
  const answer = await createServerClient(login.server, login).send({ method: 'GET', path })
  return checked(answer, `${login.server}${path}`)
}

async function readRecording(path: string): Promise<Recording> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) {
    const fix = 'Name the file of a recording, or a run and its --installation <id>'
    throw new CliError(EXIT.usage, 'USAGE', 'There is no such recording', { where: path, fix })
  }
  if (found.size > MOST_BYTES) throw notRecording(path, `it has ${found.size} bytes`)
  try {
    return checked(JSON.parse(await readFile(path, 'utf8')), path)
  } catch (error) {
    if (error instanceof SyntaxError) throw notRecording(path, 'it is not JSON')
    throw error
  }
}

function checked(value: unknown, where: string): Recording {
  const recording = parseRecording(value)
  if ('problem' in recording) throw notRecording(where, recording.problem)
  return recording
}

function notRecording(where: string, problem: string): CliError {
  return new CliError(EXIT.failed, 'BAD_RECORDING', `This is no recording of a run: ${problem}`, {
    where,
    fix: 'Take the file as the server gave it: annex replay <run> --installation <id> --save <file>',
  })
}
