/** The property names at the root of an author's JSON Schema; read, never evaluated. */
export function schemaFields(schema: Readonly<Record<string, unknown>> | undefined): string[] {
  const properties = schema?.properties
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return []
  return Object.keys(properties)
}
