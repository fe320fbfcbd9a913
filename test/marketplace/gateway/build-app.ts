import type { Test } from 'tap'
import { createApp, type GatewayConfig } from '../../../marketplace/gateway/app.ts'
import type { App } from '../../../marketplace/gateway/app-type.ts'
import { createServices, type Services } from '../../../marketplace/services.ts'
import { type Clock, systemClock } from '../../../runtime/clock.ts'
import { type Config, readConfig } from '../../../runtime/config.ts'
import { dropDatabase, testEngine } from '../../runtime/storage/open-test-store.ts'
import { type Answer, type CallOptions, call } from './call.ts'

/** A signed-in person with an organization of their own. */
export interface Person {
  email: string
  password: string
  userId: string
  organizationId: string
  accessToken: string
  refreshToken: string
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
}

export interface TestApp {
  url: string
  app: App
  services: Services
  clock: TestClock
  /** Every registered route but HEAD and the preflight, as `GET /api/jobs/{id}`. */
  routes: readonly string[]
  /** Sends without any credential unless `headers` bring one. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** Registers somebody. */
  person(name: string, more?: Record<string, string>): Promise<Person>
  /** A person who may do everything over the platform. */
  operator(): Promise<Person>
  /** A new API key of a person. */
  key(person: Person, scopes: readonly string[], more?: Record<string, unknown>): Promise<string>
}

/** The system's time, moved forward by hand. */
export interface TestClock extends Clock {
  ahead: number
}

/** The real service on an empty store, listening on loopback; all of it ends with the test. */
export async function buildApp(t: Test, settings: Partial<Config> = {}): Promise<TestApp> {
  const clock = testClock()
  const engine = testEngine()
  const config: Config = { ...readConfig({ ANNEX_LOG_LEVEL: 'silent' }), dataFolder: t.testdir(), ...settings }
  const services = await createServices({ ...config, store: engine }, { clock })
  const routes: string[] = []
  const onRoute: GatewayConfig['onRoute'] = ({ url, method }) => {
    const path = url.replaceAll(/:(\w+)/g, '{$1}').replace(/\*$/, '{*}')
    for (const each of [method].flat()) if (each !== 'HEAD' && url !== '*') routes.push(`${each} ${path}`)
  }
  const app = await createApp(services, { ...config, onRoute })
  t.teardown(async () => {
    await app.close()
    await services.stop()
    if (engine.kind === 'mongodb') await dropDatabase(engine)
  })
  await services.start()
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const send = (method: string, path: string, options?: CallOptions) => call(url, method, path, options)
  const test: TestApp = {
    url,
    app,
    services,
    clock,
    routes,
    call: send,
    person: (name, more = {}) => register(send, name, more),
    async operator() {
      const first = await services.accounts.createFirstOperator('operator@annex.example')
      if (!first) throw new Error('make the operator before anybody else')
      const answer = await send('POST', '/api/auth/login', { body: { email: first.email, password: first.password } })
      return personOf(send, answer, first.email, first.password, first.organizationId)
    },
    async key(person, scopes, more = {}) {
      const made = await person.call('POST', '/api/auth/api-keys', { name: 'test', scopes, ...more })
      if (made.status !== 201) throw new Error(JSON.stringify(made.body))
      return made.text('key')
    },
  }
  return test
}

type Send = TestApp['call']

async function register(send: Send, name: string, more: Record<string, string>): Promise<Person> {
  const email = `${name}@${name}.example`
  const password = `the password of ${name}`
  const answer = await send('POST', '/api/auth/register', { body: { email, password, name, ...more } })
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
  return personOf(send, answer, email, password, answer.text('organization.id'))
}

function personOf(send: Send, answer: Answer, email: string, password: string, organizationId: string): Person {
  const accessToken = answer.text('accessToken')
  return {
    email,
    password,
    organizationId,
    accessToken,
    userId: answer.text('user.id'),
    refreshToken: answer.text('refreshToken'),
    call: (method, path, body, headers = {}) =>
      send(method, path, {
        headers: { authorization: `Bearer ${accessToken}`, ...headers },
        ...(body === undefined ? {} : { body }),
      }),
  }
}

function testClock(): TestClock {
  const clock: TestClock = {
    ahead: 0,
    now: () => systemClock.now() + clock.ahead,
    iso: () => new Date(clock.now()).toISOString(),
  }
  return clock
}
