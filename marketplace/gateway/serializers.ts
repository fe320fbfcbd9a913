import { type FastifySchema, type FastifySerializerCompiler, fastify } from 'fastify'
import { Problem } from './problems.ts'

/** Compiles the schemas of answers, as Fastify does by itself: what a schema does not name leaves no service. */
export async function createSerializers(): Promise<FastifySerializerCompiler<FastifySchema>> {
  const plain = fastify()
  plain.addSchema(Problem)
  // Its compiler is made for the first route that needs it.
  plain.get('/', { schema: { response: { 200: { type: 'null' } } } }, async () => null)
  await plain.ready()
  if (!plain.serializerCompiler) throw new Error('Fastify made no compiler for answers')
  return plain.serializerCompiler
}
