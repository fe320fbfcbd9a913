import { AnnexError } from '@annex/sdk'
import type { Endpoint, Paging } from './endpoint.ts'
import { valueAt } from './value-at.ts'

interface Operation {
  operationId?: string
  parameters?: unknown[]
}

/** The lists that an OpenAPI 3 document tells of: a GET without parts in its path that answers with an array. */
export function endpointsOfOpenApi(document: unknown): Endpoint[] {
  const paths = valueAt(document, 'paths')
  if (typeof paths !== 'object' || paths === null || !String(valueAt(document, 'openapi')).startsWith('3.'))
    throw new AnnexError('INVALID_ARGUMENT', 'This is no OpenAPI 3 document')
  return Object.entries(paths).flatMap(([path, item]) => {
    const operation = valueAt(item, 'get') as Operation | undefined
    return operation === undefined || path.includes('{') ? [] : endpointOf(document, path, operation)
  })
}

function endpointOf(document: unknown, path: string, operation: Operation): Endpoint[] {
  const answer = resolved(document, valueAt(operation, '/responses/200'))
  const schema = resolved(document, valueAt(answer, '/content/application~1json/schema'))
  const list = listIn(document, schema)
  if (!list) return []
  const names = (operation.parameters ?? []).map((each) => String(valueAt(resolved(document, each), 'name')))
  const properties = propertiesOf(document, schema)
  const name = operation.operationId ?? path
  return [
    { name: nameOf(name), path, records: list.pointer, ...idOf(list.fields), paging: pagingOf(names, properties) },
  ]
}

/** Where the array is: the answer itself, or its first property that is an array of objects. */
function listIn(document: unknown, schema: unknown): { pointer: string; fields: string[] } | undefined {
  const places: [string, unknown][] = [
    ['', schema],
    ...propertiesOf(document, schema).map(([name, value]): [string, unknown] => [
      `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      value,
    ]),
  ]
  for (const [pointer, value] of places) {
    const candidate = resolved(document, value)
    if (valueAt(candidate, 'type') !== 'array') continue
    const fields = propertiesOf(document, resolved(document, valueAt(candidate, 'items'))).map(([name]) => name)
    if (fields.length > 0) return { pointer, fields }
  }
  return undefined
}

function idOf(fields: string[]): { idField?: string } {
  const found = ['id', 'uuid', '_id', 'key', 'code'].find((name) => fields.includes(name))
  return found === undefined ? {} : { idField: found }
}

/** By the usual names; what an API calls otherwise is written in `endpoints`. */
function pagingOf(parameters: string[], properties: [string, unknown][]): Paging {
  const has = (names: string[]) => names.find((name) => parameters.includes(name))
  const size = has(['limit', 'per_page', 'page_size', 'pageSize', 'size'])
  const sized = size === undefined ? {} : { sizeParameter: size }
  const next = ['nextCursor', 'next_cursor', 'cursor', 'next'].find((name) =>
    properties.some(([each]) => each === name),
  )
  const cursor = has(['cursor', 'after', 'page_token', 'pageToken'])
  if (cursor !== undefined && next !== undefined)
    return { style: 'cursor', parameter: cursor, next: `/${next}`, ...sized }
  const offset = has(['offset', 'skip'])
  if (offset !== undefined) return { style: 'offset', parameter: offset, ...sized }
  const page = has(['page', 'pageNumber'])
  if (page !== undefined) return { style: 'page', parameter: page, ...sized }
  return { style: 'link', ...sized }
}

function propertiesOf(document: unknown, schema: unknown): [string, unknown][] {
  const properties = valueAt(resolved(document, schema), 'properties')
  return typeof properties === 'object' && properties !== null ? Object.entries(properties) : []
}

/** Follows references inside the document; a few, as they may go in a circle. */
function resolved(document: unknown, value: unknown): unknown {
  let found = value
  for (let steps = 0; steps < 8; steps++) {
    const reference = valueAt(found, '$ref')
    if (typeof reference !== 'string' || !reference.startsWith('#/')) return found
    found = valueAt(document, reference.slice(1))
  }
  return undefined
}

function nameOf(text: string): string {
  const name = text.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^[^A-Za-z]+|-+$/g, '')
  return (name === '' ? 'root' : name).slice(0, 64)
}
