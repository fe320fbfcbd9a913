import { setTimeout as delay } from 'node:timers/promises'
import { checkedUpload } from '../checked-upload.ts'
import { CliError, usageError } from '../cli-error.ts'
import type { Command, CommandCall, Outcome } from '../command.ts'
import { loginFor } from '../credentials.ts'
import { EXIT } from '../exit-codes.ts'
import { createServerClient, type ServerClient } from '../server-client.ts'
import { showSubmission } from '../show-submission.ts'
import { exitOf, parseSubmission, type Submission } from '../submissions.ts'

export const publish: Command = {
  name: 'publish',
  usage: '[folder | file.tgz] [--channel <name>] [--wait] [--timeout <seconds>]',
  description:
    'Uploads after the same checks as on the server, then follows the submission until its validation is over, or,\n' +
    'with --wait, until the verdict. Exit code 0: in review or published; 1: refused; 3: the server, or no end in time.',
  positionals: { min: 0, max: 1 },
  options: {
    channel: {
      type: 'string',
      value: '<name>',
      help: 'The channel that it goes to once published; latest, or what its version says, unless said',
    },
    wait: { type: 'boolean', help: 'Wait for the verdict of the review too' },
    timeout: { type: 'string', value: '<seconds>', help: 'How long to follow it; 600 unless said' },
    server: { type: 'string', value: '<address>', help: 'The server; the one of the latest login unless said' },
  },
  run,
}

async function run(call: CommandCall): Promise<Outcome> {
  const timeoutMs = timeoutOf(call)
  const login = await loginFor(call.configuration, call.text('server'))
  const checked = await checkedUpload(call)
  if (!checked.ok) return checked.outcome
  const { bytes } = checked
  const client = createServerClient(login.server, login)
  const channel = call.text('channel')
  const path = `/api/marketplace/extensions${channel === undefined ? '' : `?channel=${encodeURIComponent(channel)}`}`
  const first = parseSubmission(await client.send({ method: 'POST', path, bytes }))
  const submission = await follow(call, client, first, timeoutMs)
  return {
    exit: exitOf(submission),
    data: { submission, digest: checked.package?.digest },
    text: showSubmission(call.terminal, submission).join('\n'),
  }
}

async function follow(call: CommandCall, client: ServerClient, first: Submission, timeoutMs: number) {
  const end = Date.now() + timeoutMs
  let shown = ''
  for (let submission = first, pauseMs = 300; ; pauseMs = Math.min(pauseMs * 1.5, 3000)) {
    if (submission.reviewStatus !== shown) call.terminal.progress(`${submission.id}: ${submission.reviewStatus}`)
    shown = submission.reviewStatus
    if (!submission.open || (submission.reviewStatus === 'in_review' && !call.flag('wait'))) return submission
    if (Date.now() > end) throw stillOpen(submission)
    await delay(pauseMs)
    const path = `/api/marketplace/submissions/${encodeURIComponent(submission.id)}`
    submission = parseSubmission(await client.send({ method: 'GET', path }))
  }
}

function stillOpen(submission: Submission): CliError {
  const fix = `It goes on without you; look later: annex status ${submission.id}`
  const message = `The submission is still ${submission.reviewStatus}`
  return new CliError(EXIT.server, 'TIMEOUT', message, { where: submission.id, fix, details: submission })
}

function timeoutOf(call: CommandCall): number {
  const seconds = Number(call.text('timeout') ?? 600)
  if (Number.isFinite(seconds) && seconds > 0) return seconds * 1000
  throw usageError('--timeout must be a number of seconds', 'Write --timeout 600')
}
