import { Type } from '@sinclair/typebox'
import { defineResource } from '../resource.ts'

/** Documents: what is known of a file, and its bytes. */
export const documents = defineResource({
  name: 'documents',
  title: 'Document',
  scope: 'documents',
  operations: ['list', 'get', 'create', 'update', 'remove'],
  properties: {
    name: Type.String({ minLength: 1, maxLength: 200, description: 'The name of the file, for people' }),
    reference: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'What its source calls it' })),
    category: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    chantierId: Type.Optional(Type.String({ maxLength: 64, description: 'The id of a chantier' })),
    issuedOn: Type.Optional(Type.String({ format: 'date' })),
    description: Type.Optional(Type.String({ maxLength: 2000 })),
  },
  filters: ['reference', 'category', 'chantierId'],
  content: true,
})
