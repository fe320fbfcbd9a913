import { annex, type RuleCase } from '../rule-case.ts'

export const man16Case: RuleCase = {
  trips: [
    annex((annex) => (annex.config = { type: 'objekt' })),
    annex((annex) => (annex.config = { properties: { size: { type: ['integer', 'nul'] } } })),
    annex((annex) => (annex.config = { properties: [] })),
    annex((annex) => (annex.config = { required: 'size' })),
    annex((annex) => (annex.config = { properties: { size: { minLength: -1 } } })),
    annex((annex) => (annex.config = { items: [{ pattern: '(' }] })),
    annex((annex) => (annex.config = { anyOf: [] })),
    annex((annex) => (annex.config = { not: { allOf: [{ $ref: 'https://example.com/schema' }] } })),
    annex((annex) => (annex.config = { $async: true })),
  ],
  passes: [
    annex((annex) => (annex.config = { type: ['object', 'null'], properties: { type: { type: 'string' } } })),
    annex((annex) => (annex.config = { definitions: { a: true }, items: { $ref: '#/definitions/a' } })),
    annex((annex) => (annex.config = { properties: { a: { pattern: '^[a-z]+$', enum: ['a', null, { type: 1 }] } } })),
    annex((annex) => (annex.config = { 'x-order': ['a'], additionalProperties: { anyOf: [{ const: 1 }] } })),
  ],
}
