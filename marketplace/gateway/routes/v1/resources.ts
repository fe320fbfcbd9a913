import type { JsonObject } from '@annex/sdk/json'
import type { Resource, ResourceOperation } from '@annex/sdk/resource'
import { RESOURCES } from '@annex/sdk/resources'
import { type TSchema, Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireOrganization } from '../../authentication.ts'
import { orRefuse } from '../../refusal.ts'
import { IdParams, PageOf, PageQuery, PROBLEMS, SESSION_OR_KEY } from '../../schemas.ts'

/** API v1: one set of routes per declared resource. The platform decides, validates and audits. */
export function registerResources(app: App, services: Services): void {
  for (const resource of RESOURCES)
    for (const operation of resource.operations) ROUTES[operation](app, services.runtime.platform, resource)
}

type Platform = Services['runtime']['platform']
type RegisterOperation = (app: App, platform: Platform, resource: Resource) => void

const ROUTES: Readonly<Record<ResourceOperation, RegisterOperation>> = {
  list(app, platform, resource) {
    const querystring = Type.Composite([PageQuery, filtersOf(resource)], { additionalProperties: false })
    const response = { 200: PageOf(shownOf(resource)), ...PROBLEMS }
    const schema = { ...describe(resource, 'list', 'read'), querystring, response }
    app.get(`/api/v1/${resource.name}`, { schema }, async (request) => {
      const { principal } = await requireOrganization(request)
      const { limit, cursor, ...filter } = request.query as ListQuery
      const page = { ...(limit === undefined ? {} : { limit }), ...(cursor === undefined ? {} : { cursor }) }
      return orRefuse(await platform.list(principal, resource.name, { filter, ...page }))
    })
  },
  get(app, platform, resource) {
    const schema = { ...describe(resource, 'get', 'read'), params: IdParams, response: one(resource, 200) }
    app.get(`/api/v1/${resource.name}/:id`, { schema }, async (request, reply) => {
      const { principal } = await requireOrganization(request)
      const record = orRefuse(await platform.get(principal, resource.name, request.params.id))
      return reply.header('etag', tagOf(record)).send(record)
    })
  },
  create(app, platform, resource) {
    const schema = { ...describe(resource, 'create', 'write'), body: resource.input, response: one(resource, 201) }
    app.post(`/api/v1/${resource.name}`, { schema }, async (request, reply) => {
      const { principal } = await requireOrganization(request)
      const record = orRefuse(await platform.create(principal, resource.name, request.body as JsonObject))
      const location = `/api/v1/${resource.name}/${String(record.id)}`
      return reply
        .code(201)
        .headers({ location, etag: tagOf(record) })
        .send(record)
    })
  },
  update(app, platform, resource) {
    const body = changesOf(resource)
    const headers = Type.Object({ 'if-match': Type.Optional(Type.String({ pattern: '^"[1-9][0-9]{0,14}"$' })) })
    const shape = { params: IdParams, body, headers, response: one(resource, 200) }
    const schema = { ...describe(resource, 'update', 'write'), ...shape }
    app.patch(`/api/v1/${resource.name}/:id`, { schema }, async (request, reply) => {
      const { principal } = await requireOrganization(request)
      const match = request.headers['if-match']
      const options = match === undefined ? {} : { ifRev: Number(match.slice(1, -1)) }
      const changes = request.body as JsonObject
      const record = orRefuse(await platform.update(principal, resource.name, request.params.id, changes, options))
      return reply.header('etag', tagOf(record)).send(record)
    })
  },
  remove(app, platform, resource) {
    const response = { 204: Type.Null({ description: 'Removed' }), ...PROBLEMS }
    const schema = { ...describe(resource, 'remove', 'write'), params: IdParams, response }
    app.delete(`/api/v1/${resource.name}/:id`, { schema }, async (request, reply) => {
      const { principal } = await requireOrganization(request)
      orRefuse(await platform.remove(principal, resource.name, request.params.id))
      return reply.code(204).send(null)
    })
  },
}

/** What the query schema of a list lets through. */
type ListQuery = { limit?: number; cursor?: string } & Record<string, string | number>

function describe({ name, title, scope }: Resource, operation: ResourceOperation, action: 'read' | 'write') {
  const summary = `${operation} · ${title} (${action}:${scope})`
  return { tags: [`v1/${name}`], summary, security: SESSION_OR_KEY }
}

function one(resource: Resource, status: 200 | 201): Record<string, unknown> {
  return { [status]: shownOf(resource), ...PROBLEMS }
}

/** A record as a grant shows it: beyond the platform's own fields, any may be held back. */
function shownOf({ record, input, title }: Resource) {
  const fields = Object.entries(record.properties).map(([name, field]): [string, TSchema] => {
    return [name, Object.hasOwn(input.properties, name) ? Type.Optional(field) : field]
  })
  const description = 'A field may be missing because it is not set, or because the sender may not read it'
  return Type.Object(Object.fromEntries(fields), { additionalProperties: false, title, description })
}

/** Every field may be absent and stays then; one that a record need not have is taken away by null (RFC 7396). */
function changesOf({ input }: Resource) {
  const fields = Object.entries(input.properties).map(([name, field]): [string, TSchema] => {
    const required = input.required?.includes(name)
    return [name, Type.Optional(required ? field : Type.Union([field, Type.Null()]))]
  })
  return Type.Object(Object.fromEntries(fields), { additionalProperties: false, minProperties: 1 })
}

function filtersOf(resource: Resource) {
  const entries = resource.filters.map((name) => [name, Type.Optional(fieldOf(resource, name))])
  return Type.Object(Object.fromEntries(entries))
}

function fieldOf(resource: Resource, name: string): TSchema {
  const field = resource.input.properties[name]
  if (!field) throw new Error(`${resource.name} filters by ${name}, which it does not have`)
  return field
}

function tagOf(record: { rev?: unknown }): string {
  return `"${String(record.rev)}"`
}
