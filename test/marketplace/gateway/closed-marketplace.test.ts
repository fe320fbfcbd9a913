import t from 'tap'
import { buildApp } from './build-app.ts'

const OPEN = ['installations', 'drafts', 'kill-list', 'keys', 'rules']

t.test('where the marketplace is switched off, what is installed is all there is', async (t) => {
  const app = await buildApp(t, { marketplace: false })
  const admin = await app.person('Ada')
  const closed: string[] = []
  for (const route of app.routes.filter((each) => each.includes(' /api/marketplace/'))) {
    const [method = '', path = ''] = route.replaceAll(/\{\w+\}/g, 'some-thing').split(' ')
    const answer = await admin.call(method, path, method === 'GET' ? undefined : {})
    if (answer.status === 403 && answer.text('code') === 'MARKETPLACE_OFF') closed.push(route)
  }
  const reaches = (route: string) => OPEN.some((part) => new RegExp(`/api/marketplace/${part}(/|$)`).test(route))
  t.ok(closed.length > 50)
  t.same(closed.filter(reaches), ['POST /api/marketplace/installations/{id}/upgrade'])
  const passed = app.routes.filter((each) => each.includes(' /api/marketplace/') && !closed.includes(each))
  t.same(
    passed.filter((each) => !reaches(each)),
    [],
  )
  t.equal((await admin.call('GET', '/api/marketplace/installations')).status, 200)
})
