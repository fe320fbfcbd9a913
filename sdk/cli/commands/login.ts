import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { CliError, usageError } from '../cli-error.ts'
import type { Command, CommandCall, Outcome } from '../command.ts'
import { keepLogin, type Login, serverAddress } from '../credentials.ts'
import { EXIT } from '../exit-codes.ts'
import { createServerClient } from '../server-client.ts'

export const login: Command = {
  name: 'login',
  usage: '--server <address> [--email <email> [--register] | --key <key>]',
  description:
    'With --email the password is asked for, or taken from ANNEX_PASSWORD. With --key an API key is kept as it is.\n' +
    'The login is kept in $XDG_CONFIG_HOME/annex/credentials.json, readable by you alone.',
  positionals: { min: 0, max: 0 },
  options: {
    server: { type: 'string', value: '<address>', help: 'The server, for instance http://127.0.0.1:3013' },
    email: { type: 'string', value: '<email>', help: 'Log in as a person' },
    password: { type: 'string', value: '<password>', help: 'Visible to others on this machine: better ANNEX_PASSWORD' },
    register: { type: 'boolean', help: 'Make the account first' },
    name: { type: 'string', value: '<name>', help: 'Your name, with --register; the email unless said' },
    key: { type: 'string', value: '<key>', help: 'Log in with an API key, for instance in CI' },
  },
  run,
}

async function run(call: CommandCall): Promise<Outcome> {
  const address = call.text('server') ?? call.configuration.server
  if (address === undefined) throw usageError('annex login needs a server', 'Write --server <address>')
  const server = serverAddress(address)
  const key = call.text('key')
  if (key !== undefined && (call.text('email') ?? call.text('password')) !== undefined) {
    throw usageError('A key needs neither email nor password', 'Write either --key or --email')
  }
  const kept = key === undefined ? await loginAsPerson(call, server) : await loginWithKey(server, key)
  const file = await keepLogin(call.configuration, kept)
  const who = kept.email ?? 'an API key'
  return {
    exit: EXIT.ok,
    data: { server, kind: kept.kind, email: kept.email, credentials: file },
    text: `${call.terminal.paint('green', 'Logged in')} at ${server} with ${who}\n  kept in ${file}`,
  }
}

async function loginAsPerson(call: CommandCall, server: string): Promise<Login> {
  const email = call.text('email') ?? (await ask(call, 'Email: ', 'Write --email <email>'))
  const password = call.text('password') ?? call.configuration.password ?? (await askPassword(call))
  const register = call.flag('register')
  const answer = await createServerClient(server).send({
    method: 'POST',
    path: register ? '/api/auth/register' : '/api/auth/login',
    json: { email, password, ...(register && { name: call.text('name') ?? email }) },
  })
  if (typeof answer.accessToken !== 'string') {
    throw new CliError(EXIT.server, 'BAD_ANSWER', 'The server gave no access token', { where: server })
  }
  return { server, token: answer.accessToken, kind: 'session', email }
}

/** A key is tried at once: a wrong one is better known now than in the middle of a release. */
async function loginWithKey(server: string, key: string): Promise<Login> {
  const login: Login = { server, token: key, kind: 'key' }
  await createServerClient(server, login).send({ method: 'GET', path: '/api/auth/verify' })
  return login
}

async function ask(call: CommandCall, question: string, fix: string, output: Writable = process.stderr) {
  if (!call.terminal.interactive) throw usageError('There is nobody to ask here', fix)
  const prompt = createInterface({ input: process.stdin, output, terminal: true })
  try {
    return await prompt.question(question)
  } finally {
    prompt.close()
  }
}

async function askPassword(call: CommandCall): Promise<string> {
  if (call.terminal.interactive) process.stderr.write('Password: ')
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const password = await ask(call, '', 'Set ANNEX_PASSWORD, or use --key', nowhere)
  process.stderr.write('\n')
  return password
}
