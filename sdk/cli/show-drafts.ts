import { CliError } from './cli-error.ts'
import type { CommandCall, Outcome } from './command.ts'
import { EXIT } from './exit-codes.ts'
import type { ServerClient } from './server-client.ts'

interface Draft {
  id: string
  extension: string
  version: string
  expiresAt: string
}

/** The drafts of the organization, or the one with this id. */
export async function showDrafts(call: CommandCall, client: ServerClient, id: string | undefined): Promise<Outcome> {
  const chosen = call.text('organization')
  const path = `/api/marketplace/drafts${id === undefined ? '' : `/${encodeURIComponent(id)}`}`
  const answer = await client.send({ method: 'GET', path, ...(chosen && { organization: chosen }) })
  const drafts = (id === undefined ? answer.data : [answer]) as Draft[]
  if (!Array.isArray(drafts)) throw new CliError(EXIT.server, 'BAD_ANSWER', 'The server did not answer with drafts')
  const lines = drafts.map((draft) => `${draft.id}  ${draft.extension} ${draft.version}  until ${draft.expiresAt}`)
  return {
    exit: EXIT.ok,
    data: { drafts },
    text: lines.join('\n') || 'There are no drafts. Try: annex install --draft',
  }
}
