import { Type } from '@sinclair/typebox'
import { defineResource } from '../resource.ts'

/** Invoices to clients. */
export const invoices = defineResource({
  name: 'invoices',
  title: 'Invoice',
  scope: 'invoices',
  operations: ['list', 'get', 'create', 'update', 'remove'],
  properties: {
    number: Type.String({ minLength: 1, maxLength: 64 }),
    status: Type.Union([
      Type.Literal('DRAFT'),
      Type.Literal('ISSUED'),
      Type.Literal('PAID'),
      Type.Literal('CANCELLED'),
    ]),
    client: Type.String({ minLength: 1, maxLength: 200 }),
    amount: Type.String({ pattern: '^-?\\d{1,15}(\\.\\d{1,4})?$', description: 'A decimal number, taxes included' }),
    currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217' }),
    issuedOn: Type.Optional(Type.String({ format: 'date' })),
    dueOn: Type.Optional(Type.String({ format: 'date' })),
  },
  filters: ['number', 'status', 'client'],
  personalFields: ['client'],
  businessEvents: [
    {
      type: 'INVOICE_ISSUED',
      when: { field: 'status', becomes: 'ISSUED' },
      data: { invoiceId: 'id', number: 'number', amount: 'amount', currency: 'currency' },
    },
  ],
})
