import type { Static, TSchema } from '@sinclair/typebox'
import { Ajv } from 'ajv'
import { type Result, refusal, success } from '../result.ts'

const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: false })

/** Makes the door of one request: its schema is ours, compiled once. */
export function checkedBy<S extends TSchema>(schema: S): (request: unknown) => Result<Static<S>> {
  const validate = ajv.compile<Static<S>>(schema)
  return (request) => {
    if (validate(request)) return success(request)
    const errors = (validate.errors ?? []).map(({ instancePath, message }) => ({ path: instancePath, message }))
    const first = errors[0]
    return refusal('INVALID_ARGUMENT', `${first?.path || 'the request'} ${first?.message ?? 'is not valid'}`, {
      details: { errors },
    })
  }
}
