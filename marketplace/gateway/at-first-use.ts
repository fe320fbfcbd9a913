import type { FastifySchema, FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify'

type Validate = ReturnType<FastifySchemaCompiler<FastifySchema>>
type Serialize = ReturnType<FastifySerializerCompiler<FastifySchema>>

/**
 * Puts the compiling of a route's schemas off until its first request: all of them together take most of the time that a
 * start takes. A schema that does not compile is found by a test, which compiles every one.
 */
export function validatesAtFirstUse(
  compile: FastifySchemaCompiler<FastifySchema>,
): FastifySchemaCompiler<FastifySchema> {
  return (part) => {
    let compiled: Validate | undefined
    // Fastify reads what was wrong from the function itself.
    const validate: Validate = (data) => {
      compiled ??= compile(part)
      const answer = compiled(data)
      validate.errors = compiled.errors ?? null
      return answer
    }
    return validate
  }
}

/** As above, for answers. */
export function serializesAtFirstUse(
  compile: FastifySerializerCompiler<FastifySchema>,
): FastifySerializerCompiler<FastifySchema> {
  return (part) => {
    let serialize: Serialize | undefined
    return (data: unknown) => {
      serialize ??= compile(part)
      return serialize(data)
    }
  }
}
