import type { Person } from '../marketplace/gateway/build-app.ts'
import { type Answer, call } from '../marketplace/gateway/call.ts'

/** People of a service in a process of its own. */
export interface PeopleAt {
  /** Registers somebody, with an organization of their own. */
  person(name: string): Promise<Person>
  signIn(email: string, password: string): Promise<Person>
}

export function peopleAt(url: string): PeopleAt {
  return {
    person: (name) => {
      const account = { email: `${name}@${name}.example`, password: `the password of ${name}`, name }
      return enter(url, '/api/auth/register', account, 'organization.id')
    },
    signIn: (email, password) => enter(url, '/api/auth/login', { email, password }, 'organizations.0.id'),
  }
}

async function enter(
  url: string,
  path: string,
  account: { email: string; password: string },
  organization: string,
): Promise<Person> {
  const answer = await call(url, 'POST', path, { body: account })
  if (answer.status >= 300) throw new Error(JSON.stringify(answer.body))
  const accessToken = answer.text('accessToken')
  return {
    email: account.email,
    password: account.password,
    organizationId: organizationIn(answer, organization),
    userId: answer.text('user.id'),
    accessToken,
    refreshToken: answer.text('refreshToken'),
    call: (method, at, body, headers = {}) =>
      call(url, method, at, {
        headers: { authorization: `Bearer ${accessToken}`, ...headers },
        ...(body === undefined ? {} : { body }),
      }),
  }
}

/** A platform operator may belong to none. */
function organizationIn(answer: Answer, path: string): string {
  try {
    return answer.text(path)
  } catch {
    return ''
  }
}
