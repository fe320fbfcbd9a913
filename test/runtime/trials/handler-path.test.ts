import t from 'tap'
import { functionPath } from '../../../runtime/trials/handler-path.ts'

t.test('finds the function that a fixture names', async (t) => {
  const paths = {
    check: ['check'],
    'actions.judge': ['actions', 'judge', 'run'],
    'streams.sites.read': ['streams', 'sites', 'read'],
    'schedules.nightly': ['schedules', 'nightly'],
    'on.INVOICE_ISSUED': ['on', 'INVOICE_ISSUED'],
    'on.timesheets.created': ['on', 'timesheets.created'],
    'on.erp.site.imported': ['on', 'erp.site.imported'],
  }
  for (const [handler, path] of Object.entries(paths)) t.same(functionPath(handler), path, handler)
})
