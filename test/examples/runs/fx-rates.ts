import { type ExampleRun, integrate, until } from '../example-run.ts'

let day = '2026-11-19'
let asked = 0

export const fxRates: ExampleRun = {
  name: 'fx-rates',
  hosts: {
    'www.ecb.europa.eu': () => {
      asked += 1
      const rate = day === '2026-11-19' ? '1.10' : '1.20'
      return new Response(`<Cube><Cube time='${day}'><Cube currency='USD' rate='${rate}'/></Cube></Cube>`)
    },
  },
  async run(t, installed) {
    const { admin } = installed
    const path = await integrate(installed, 'rates', {})
    const convert = (to: string) => admin.call('POST', `${path}/actions/convert`, { amount: '10', from: 'EUR', to })
    t.match((await convert('USD')).body, { ok: true, result: { amount: '11.00', currency: 'USD', date: '2026-11-19' } })
    t.match((await convert('XXX')).body, { ok: false, error: { code: 'NOT_FOUND' } })
    t.equal(asked, 1, 'rates at hand are not fetched again')
    day = '2026-11-20'
    const { data } = (await admin.call('GET', '/api/schedules')).body as { data: { id: string }[] }
    t.match(data, [{ name: 'nightly', nextRunAt: String }])
    t.equal((await admin.call('POST', `/api/schedules/${data[0]?.id}/run`)).status, 202)
    const ran = await until(async () => {
      const { body } = await admin.call('GET', '/api/schedules')
      return (body as { data: { lastRun?: object }[] }).data[0]?.lastRun
    })
    t.match(ran, { outcome: 'succeeded' })
    t.match((await convert('USD')).body, { result: { amount: '12.00', date: '2026-11-20' } })
  },
}
