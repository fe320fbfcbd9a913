import type { Command, CommandCall, Outcome } from '../command.ts'
import { loginFor } from '../credentials.ts'
import { EXIT } from '../exit-codes.ts'
import { createServerClient } from '../server-client.ts'
import { showDrafts } from '../show-drafts.ts'
import { nameOf, showSubmission } from '../show-submission.ts'
import { exitOf, parseSubmission } from '../submissions.ts'

export const status: Command = {
  name: 'status',
  usage: '[submission | draft] [--drafts]',
  description:
    'Shows what I have submitted and where it stands. With an id: state, findings, reasons, next step.\n' +
    'With --drafts: the drafts of my test organization, and when each ends.',
  positionals: { min: 0, max: 1 },
  options: {
    drafts: { type: 'boolean', help: 'Show drafts in place of submissions' },
    organization: { type: 'string', value: '<id>', help: 'Whose drafts, if you belong to several' },
    server: { type: 'string', value: '<address>', help: 'The server; the one of the latest login unless said' },
  },
  run,
}

async function run(call: CommandCall): Promise<Outcome> {
  const login = await loginFor(call.configuration, call.text('server'))
  const client = createServerClient(login.server, login)
  const id = call.positionals[0]
  if (call.flag('drafts') || id?.startsWith('dft_')) return showDrafts(call, client, id)
  if (id !== undefined) {
    const path = `/api/marketplace/submissions/${encodeURIComponent(id)}`
    const submission = parseSubmission(await client.send({ method: 'GET', path }))
    const text = showSubmission(call.terminal, submission).join('\n')
    return { exit: exitOf(submission), data: { submission }, text }
  }
  const { data, nextCursor } = await client.send({ method: 'GET', path: '/api/marketplace/submissions' })
  const submissions = Array.isArray(data) ? data.map(parseSubmission) : []
  const lines = submissions.map((submission) => `${submission.id}  ${nameOf(submission)}  ${submission.reviewStatus}`)
  if (nextCursor !== undefined) lines.push('Older ones are left out.')
  return {
    exit: EXIT.ok,
    data: { submissions, nextCursor },
    text: lines.join('\n') || 'You have submitted nothing yet.',
  }
}
