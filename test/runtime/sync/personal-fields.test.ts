import t from 'tap'
import type { Integration } from '../../../runtime/sync/integration.ts'
import { personalFieldsOf } from '../../../runtime/sync/personal-fields.ts'

t.test('fields of the source are personal when they are mapped to what is', async (t) => {
  const binding = {
    resource: 'timesheets',
    direction: 'INBOUND',
    fieldMappings: [
      { sourceField: 'employee.fullName', targetField: 'workerName' },
      { sourceField: 'hours', targetField: 'hours' },
      {
        sourceField: 'note',
        targetField: 'comment',
        transformation: { name: 'template', template: '{{note}} {{by.whom}}' },
      },
    ],
  }
  const integration: Pick<Integration, 'streams'> = { streams: JSON.stringify({ hours: binding }) }
  t.same(personalFieldsOf(integration).toSorted(), ['fullName', 'note', 'whom'])
})
