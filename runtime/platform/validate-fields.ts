import type { JsonObject } from '@annex/sdk/json'
import { PLATFORM_FIELDS, type Resource } from '@annex/sdk/resource'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'

const ajv = new Ajv({ strict: true, allErrors: false })
addFormats.default(ajv)

const validators = new WeakMap<Resource, ValidateFunction>()

/** What is wrong with the fields of a whole record, with the JSON pointer (RFC 6901) of the place; nothing if all is well. */
export function validateFields(resource: Resource, fields: JsonObject): string | undefined {
  const unknown = unknownField(resource, fields)
  if (unknown) return unknown
  const validate = validatorOf(resource)
  if (!validate(fields)) return explain(validate.errors?.[0])
  // A schema says nothing of half a character, and no engine stores one.
  const broken = Object.entries(fields).find(([, value]) => typeof value === 'string' && !value.isWellFormed())
  return broken && `${pointer(broken[0])} is not well-formed Unicode`
}

/** Names the first field that the resource does not have or that is not the caller's to set. */
export function unknownField(resource: Resource, fields: JsonObject): string | undefined {
  const name = Object.keys(fields).find((key) => !Object.hasOwn(resource.input.properties, key))
  if (name === undefined) return undefined
  const own = (PLATFORM_FIELDS as readonly string[]).includes(name)
  return `${pointer(name)} ${own ? 'is set by the platform' : `is not a field of ${resource.name}`}`
}

function validatorOf(resource: Resource): ValidateFunction {
  const present = validators.get(resource)
  if (present) return present
  const made = ajv.compile(resource.input)
  validators.set(resource, made)
  return made
}

function explain(error: ErrorObject | undefined): string {
  if (!error) return 'the record does not fit its schema'
  const { instancePath, keyword, params, message = 'does not fit its schema' } = error
  if (keyword === 'required') return `${instancePath}${pointer(String(params.missingProperty))} is missing`
  if (keyword === 'additionalProperties')
    return `${instancePath}${pointer(String(params.additionalProperty))} is unknown`
  return `${instancePath || '/'} ${message}`
}

/** At most 100 characters of a name that somebody else chose. */
function pointer(name: string): string {
  return `/${name.slice(0, 100).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`
}
