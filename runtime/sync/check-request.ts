import type { Static, TSchema } from '@sinclair/typebox'
import { Ajv, type ValidateFunction } from 'ajv'
import { type Result, refusal, success } from '../result.ts'

const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: false })

/** Makes the door of one request: its schema is ours, compiled once, at the first request. */
export function checkedBy<S extends TSchema>(schema: S): (request: unknown) => Result<Static<S>> {
  let validate: ValidateFunction<Static<S>> | undefined
  return (request) => {
    validate ??= ajv.compile<Static<S>>(schema)
    if (validate(request)) return success(request)
    const errors = (validate.errors ?? []).map(({ instancePath, message }) => ({ path: instancePath, message }))
    const first = errors[0]
    return refusal('INVALID_ARGUMENT', `${first?.path || 'the request'} ${first?.message ?? 'is not valid'}`, {
      details: { errors },
    })
  }
}
