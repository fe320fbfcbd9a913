import { HOST_CALLS, type HostCallName } from '@annex/sdk/host-api'
import { PLATFORM_VERSION } from '@annex/sdk/platform-version'
import t from 'tap'
import { answerProblem, validateCall } from '../../../runtime/host-api/validate-call.ts'

t.test('the schemas of every host call compile, and refuse what is none', async (t) => {
  for (const name of Object.keys(HOST_CALLS) as HostCallName[]) {
    t.match(validateCall({ name, args: 'no arguments' }, PLATFORM_VERSION), { problem: new RegExp(`^${name}: `) }, name)
    t.type(answerProblem(name, { no: 'answer', of: ['any', 'call'] }) ?? '', 'string', name)
  }
})

t.test('names that every object has are no host calls', async (t) => {
  for (const name of ['constructor', '__proto__', 'toString'])
    t.match(validateCall({ name, args: [] }, PLATFORM_VERSION), { problem: /there is no host call/ }, name)
})
