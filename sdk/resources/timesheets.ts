import { Type } from '@sinclair/typebox'
import { defineResource } from '../resource.ts'

/** Hours that a worker spent on a site on one day. */
export const timesheets = defineResource({
  name: 'timesheets',
  title: 'Timesheet',
  scope: 'timesheets',
  operations: ['list', 'get', 'create', 'update', 'remove'],
  properties: {
    workerId: Type.String({ minLength: 1, maxLength: 64 }),
    workerName: Type.Optional(Type.String({ maxLength: 200 })),
    chantierId: Type.Optional(Type.String({ maxLength: 64, description: 'The id of a chantier' })),
    day: Type.String({ format: 'date' }),
    minutes: Type.Integer({ minimum: 0, maximum: 1440 }),
    status: Type.Union([Type.Literal('DRAFT'), Type.Literal('SUBMITTED'), Type.Literal('APPROVED')]),
    comment: Type.Optional(Type.String({ maxLength: 2000 })),
  },
  filters: ['workerId', 'chantierId', 'day', 'status'],
  personalFields: ['workerName', 'comment'],
})
