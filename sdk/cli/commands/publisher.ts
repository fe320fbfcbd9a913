import type { Command, CommandCall, Outcome } from '../command.ts'
import { loginFor } from '../credentials.ts'
import { EXIT } from '../exit-codes.ts'
import { createServerClient } from '../server-client.ts'

export const publisher: Command = {
  name: 'publisher',
  usage: '[slug] [--name <name>]',
  description:
    'With a slug: makes it yours at the server, so that you can publish as @slug/…; whoever comes first has it.\n' +
    'Without one: shows the publishers that you belong to. Needs the login of a person, not a key.',
  positionals: { min: 0, max: 1 },
  options: {
    name: { type: 'string', value: '<name>', help: 'What people read in the place of the slug' },
    server: { type: 'string', value: '<address>', help: 'The server; the one of the latest login unless said' },
  },
  run,
}

const PATH = '/api/marketplace/publishers'

async function run(call: CommandCall): Promise<Outcome> {
  const login = await loginFor(call.configuration, call.text('server'))
  const client = createServerClient(login.server, login)
  const [slug] = call.positionals
  if (slug === undefined) {
    const { data } = await client.send({ method: 'GET', path: PATH })
    const publishers = Array.isArray(data) ? (data as { slug?: unknown; role?: unknown }[]) : []
    const lines = publishers.map((one) => `${one.slug}  ${one.role ?? ''}`.trimEnd())
    const text = lines.join('\n') || 'You belong to no publisher yet. Make one: annex publisher <slug>'
    return { exit: EXIT.ok, data: { publishers }, text }
  }
  const displayName = call.text('name')
  const json = { slug, ...(displayName !== undefined && { displayName }) }
  const made = await client.send({ method: 'POST', path: PATH, json })
  const text = `${call.terminal.paint('green', 'Made')} the publisher ${slug} at ${login.server}: it is yours`
  return { exit: EXIT.ok, data: { publisher: made }, text }
}
