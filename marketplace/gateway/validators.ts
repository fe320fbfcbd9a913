import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import type { FastifySchemaCompiler } from 'fastify'
import { Problem } from './problems.ts'

/**
 * Compiles the schemas of routes. Only query strings are coerced, since they are text; nowhere is an unknown field taken
 * away in silence. The first fault ends the check: collecting all of them costs a hostile body's length.
 */
export function createValidators(): FastifySchemaCompiler<object> {
  const exact = create(false)
  const query = create('array')
  return ({ schema, httpPart }) => compile(httpPart === 'querystring' ? query : exact, schema)
}

function create(coerceTypes: false | 'array'): Ajv {
  const options = { coerceTypes, removeAdditional: false, useDefaults: true, allErrors: false, strict: true } as const
  const ajv = new Ajv(options)
  addFormats.default(ajv)
  ajv.addSchema(Problem)
  return ajv
}

function compile(ajv: Ajv, schema: object): ValidateFunction {
  return ajv.compile(schema)
}
