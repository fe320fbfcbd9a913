import { usageError } from '../cli-error.ts'
import type { Command, CommandCall, Outcome } from '../command.ts'
import { loginFor } from '../credentials.ts'
import { EXIT } from '../exit-codes.ts'
import { createServerClient, type ServerClient } from '../server-client.ts'

export const publisher: Command = {
  name: 'publisher',
  usage: '[slug] [--name <name> | --members | --invite <email> | --verify <domain> | --check]',
  description:
    'With a slug: makes it yours at the server, so that you can publish as @slug/…; whoever comes first has it.\n' +
    'Without one: shows the publishers that you belong to. Needs the login of a person, not a key.\n' +
    'An owner invites others, who join with --accept, and proves that a domain stands for the publisher:\n' +
    '--verify tells what to publish there, --check has the server look.',
  positionals: { min: 0, max: 1 },
  options: {
    name: { type: 'string', value: '<name>', help: 'What people read in the place of the slug' },
    members: { type: 'boolean', help: 'Shows who belongs to the publisher' },
    invite: { type: 'string', value: '<email>', help: 'Invites the person with this address, for seven days' },
    role: { type: 'string', value: '<role>', help: 'Of the invited person: owner, or maintainer unless said' },
    accept: { type: 'string', value: '<token>', help: 'Joins the publisher that invited you; without a slug' },
    verify: { type: 'string', value: '<domain>', help: 'Begins to prove a domain' },
    method: { type: 'string', value: '<method>', help: 'well-known, for a file, or dns unless said' },
    check: { type: 'boolean', help: 'Has the server look at the domain now' },
    server: { type: 'string', value: '<address>', help: 'The server; the one of the latest login unless said' },
  },
  run,
}

const PATH = '/api/marketplace/publishers'

interface Act {
  client: ServerClient
  call: CommandCall
  slug: string
}

/** By the option that asks for it. */
const ACTS: Readonly<Record<string, (act: Act) => Promise<Outcome>>> = { members, invite, verify, check }

async function run(call: CommandCall): Promise<Outcome> {
  const login = await loginFor(call.configuration, call.text('server'))
  const client = createServerClient(login.server, login)
  const [slug] = call.positionals
  const asked = Object.keys(ACTS).filter((name) => call.flag(name) || call.text(name) !== undefined)
  const token = call.text('accept')
  if (asked.length + (token === undefined ? 0 : 1) > 1) throw usageError('One of these options at a time')
  if (token !== undefined) return accept(client, token)
  if (slug === undefined && asked.length > 0)
    throw usageError('This needs a publisher', `Write: annex publisher <slug> --${asked[0]}`)
  if (slug === undefined) return list(client)
  const act = ACTS[asked[0] ?? '']
  return act ? act({ client, call, slug }) : create({ client, call, slug }, login.server)
}

async function list(client: ServerClient): Promise<Outcome> {
  const { data } = await client.send({ method: 'GET', path: PATH })
  const publishers = Array.isArray(data) ? (data as { slug?: unknown; role?: unknown }[]) : []
  const lines = publishers.map((one) => `${one.slug}  ${one.role ?? ''}`.trimEnd())
  const text = lines.join('\n') || 'You belong to no publisher yet. Make one: annex publisher <slug>'
  return { exit: EXIT.ok, data: { publishers }, text }
}

async function create({ client, call, slug }: Act, server: string): Promise<Outcome> {
  const displayName = call.text('name')
  const json = { slug, ...(displayName !== undefined && { displayName }) }
  const made = await client.send({ method: 'POST', path: PATH, json })
  const text = `${call.terminal.paint('green', 'Made')} the publisher ${slug} at ${server}: it is yours`
  return { exit: EXIT.ok, data: { publisher: made }, text }
}

async function members({ client, slug }: Act): Promise<Outcome> {
  const { data } = await client.send({ method: 'GET', path: `${pathOf(slug)}/members` })
  const found = Array.isArray(data) ? (data as { userId?: unknown; role?: unknown }[]) : []
  const text = found.map(({ userId, role }) => `${userId}  ${role}`).join('\n')
  return { exit: EXIT.ok, data: { members: found }, text }
}

async function invite({ client, call, slug }: Act): Promise<Outcome> {
  const json = { email: call.text('invite'), role: call.text('role') ?? 'maintainer' }
  const invitation = await client.send({ method: 'POST', path: `${pathOf(slug)}/invitations`, json })
  const text =
    `Invited ${invitation.email} as ${invitation.role} until ${invitation.expiresAt}. Hand this over; it is shown once:\n` +
    `annex publisher --accept ${invitation.token}`
  return { exit: EXIT.ok, data: { invitation }, text }
}

async function accept(client: ServerClient, token: string): Promise<Outcome> {
  const joined = await client.send({ method: 'POST', path: `${PATH}/invitations/accept`, json: { token } })
  return { exit: EXIT.ok, data: { joined }, text: `You belong to ${joined.publisher} now: ${joined.role}` }
}

async function verify({ client, call, slug }: Act): Promise<Outcome> {
  const json = { domain: call.text('verify'), method: call.text('method') ?? 'dns' }
  const challenge = await client.send({ method: 'POST', path: `${pathOf(slug)}/verification`, json })
  const what = challenge.method === 'dns' ? 'as a TXT record at' : 'as the file'
  const text = `Publish ${what} ${challenge.place}\n  ${challenge.line}\nThen: annex publisher ${slug} --check`
  return { exit: EXIT.ok, data: { challenge }, text }
}

async function check({ client, call, slug }: Act): Promise<Outcome> {
  const proven = await client.send({ method: 'POST', path: `${pathOf(slug)}/verification/check` })
  const { domain } = (proven.verified ?? {}) as { domain?: unknown }
  const former = proven.takenFrom === undefined ? '' : `; it stood for ${proven.takenFrom} until now`
  const text = `${call.terminal.paint('green', 'Proven')}: ${domain} stands for ${slug}${former}`
  return { exit: EXIT.ok, data: proven, text }
}

function pathOf(slug: string): string {
  return `${PATH}/${encodeURIComponent(slug)}`
}
