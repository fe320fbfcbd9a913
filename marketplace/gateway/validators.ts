import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import type { FastifySchemaCompiler } from 'fastify'
import { Problem } from './problems.ts'

/**
 * Compiles the schemas of routes. Only query strings are coerced, since they are text; nowhere is an unknown field taken
 * away in silence. The first fault ends the check: collecting all of them costs a hostile body's length.
 */
export function createValidators(): FastifySchemaCompiler<object> {
  // Made when they are needed: each begins with compiling the schema of schemas.
  const made: Partial<Record<Kind, Ajv>> = {}
  return ({ schema, httpPart }) => {
    const kind = httpPart === 'querystring' ? 'query' : 'exact'
    made[kind] ??= create(kind)
    return made[kind].compile(schema)
  }
}

type Kind = 'exact' | 'query'

function create(kind: Kind): Ajv {
  const coerceTypes = kind === 'query' ? 'array' : false
  const options = { coerceTypes, removeAdditional: false, useDefaults: true, allErrors: false, strict: true } as const
  const ajv = new Ajv(options)
  addFormats.default(ajv)
  ajv.addSchema(Problem)
  return ajv
}
