import { type ExampleRun, integrate } from '../example-run.ts'

export const hello: ExampleRun = {
  name: 'hello',
  async run(t, installed) {
    const path = await integrate(installed, 'hello', {})
    const answer = await installed.admin.call('POST', `${path}/actions/greet`, { name: 'Ada' })
    t.match(answer, { status: 200, body: { ok: true, result: { text: 'Hello, Ada!' } } })
  },
}
