import { valueAt } from '../../faults/client.ts'
import { must, type Scene } from '../scene.ts'
import { ERP_KEY } from '../stage.ts'
import { tell } from '../tell.ts'

const sites = ['reference', 'name', 'status', 'client', 'street', 'postalCode', 'city', 'budget']

/** An admin connects the ERP: first with a wrong key, which is diagnosed, then with the right one. */
export async function connect({ admin, installations }: Scene): Promise<void> {
  await admin.expect('POST', '/api/integrations', {
    name: 'ERP',
    slug: 'erp',
    connectorId: installations['costructor-erp'],
    credentials: { apiKey: 'not-the-right-key' },
    streams: {
      sites: {
        direction: 'INBOUND',
        resource: 'chantiers',
        fieldMappings: [
          ...sites.map((field) => ({ sourceField: field, targetField: field, required: REQUIRED.has(field) })),
          { sourceField: 'startDate', targetField: 'startsOn', required: false },
          { sourceField: 'endDate', targetField: 'endsOn', required: false },
        ],
        transformations: [{ installation: installations['site-cleaner'], order: 1 }],
      },
      timesheets: {
        direction: 'OUTBOUND',
        resource: 'timesheets',
        fieldMappings: HOURS.map((field) => ({ sourceField: field, targetField: field, required: false })),
      },
    },
  })
  await test(admin, false)
  await admin.expect('PATCH', '/api/integrations/erp', { credentials: { apiKey: ERP_KEY } })
  tell.line('Ana enters the right key.')
  await test(admin, true)
}

const REQUIRED = new Set(['reference', 'name', 'status'])
const HOURS = ['workerId', 'workerName', 'day', 'minutes', 'comment']

interface Step {
  name: string
  ok: boolean
  code?: string
  message?: string
  suggestion?: string
}

async function test(admin: Scene['admin'], expected: boolean): Promise<void> {
  const result = await admin.expect('POST', '/api/integrations/erp/test')
  for (const { name, ok, code, message, suggestion } of valueAt(result, 'steps') as Step[]) {
    tell.quote(`${ok ? 'ok    ' : 'failed'} ${name}${ok ? '' : `: ${code}: ${message}. ${suggestion ?? ''}`}`)
  }
  must(valueAt(result, 'ok') === expected, `the connection test says ${expected}`)
}
