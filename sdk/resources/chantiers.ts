import { Type } from '@sinclair/typebox'
import { defineResource } from '../resource.ts'

/** Construction sites (chantiers). */
export const chantiers = defineResource({
  name: 'chantiers',
  title: 'Chantier',
  scope: 'chantiers',
  operations: ['list', 'get', 'create', 'update', 'remove'],
  properties: {
    reference: Type.String({ minLength: 1, maxLength: 64, description: 'The number that people use for the site' }),
    name: Type.String({ minLength: 1, maxLength: 200 }),
    status: Type.Union([
      Type.Literal('PLANNED'),
      Type.Literal('ACTIVE'),
      Type.Literal('PAUSED'),
      Type.Literal('CLOSED'),
    ]),
    client: Type.Optional(Type.String({ maxLength: 200 })),
    street: Type.Optional(Type.String({ maxLength: 200 })),
    postalCode: Type.Optional(Type.String({ maxLength: 16 })),
    city: Type.Optional(Type.String({ maxLength: 100 })),
    country: Type.Optional(Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2' })),
    startsOn: Type.Optional(Type.String({ format: 'date' })),
    endsOn: Type.Optional(Type.String({ format: 'date' })),
    budget: Type.Optional(
      Type.String({ pattern: '^-?\\d{1,15}(\\.\\d{1,4})?$', description: 'A decimal number, never a binary float' }),
    ),
  },
  filters: ['reference', 'status', 'city'],
})
