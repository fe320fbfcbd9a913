/**
 * What an extension offers, told without running any of its handlers: becomes `annex.describe.json`.
 */
export function describe(definition: Record<string, unknown>): unknown {
  const streams = recordOf(definition.streams)
  return {
    kind: definition.kind,
    streams: streams && mapRecord(streams, describeStream),
    actions: mapRecord(recordOf(definition.actions) ?? {}, (action) => ({ params: recordOf(action)?.params })),
    handlers: handlersOf(definition),
    input: definition.input,
    output: definition.output,
  }
}

function describeStream(value: unknown): object {
  const stream = recordOf(value) ?? {}
  return {
    schema: stream.schema,
    primaryKey: stream.primaryKey,
    cursorField: stream.cursorField,
    read: typeof stream.read === 'function',
    write: typeof stream.write === 'function',
  }
}

/** Dotted paths of every function within three levels. */
function handlersOf(value: Record<string, unknown>, prefix = '', depth = 3): string[] {
  const paths: string[] = []
  for (const name of Object.keys(value)) {
    const member = value[name]
    if (typeof member === 'function') paths.push(prefix + name)
    else if (depth > 1 && recordOf(member))
      paths.push(...handlersOf(member as Record<string, unknown>, `${prefix}${name}.`, depth - 1))
  }
  return paths.sort()
}

function recordOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

function mapRecord(record: Record<string, unknown>, map: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))
}
