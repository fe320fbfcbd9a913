import type { Outcome, ServiceError, ServiceErrorCode } from '../errors.ts'

/** Carries a service's refusal out of a route, to be answered as a problem. */
export class Refusal extends Error {
  readonly error: ServiceError
  constructor(error: ServiceError) {
    super(error.message)
    this.name = 'Refusal'
    this.error = error
  }
}

/** The value of an outcome; a refusal leaves the route. */
export function orRefuse<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Refusal(outcome.error)
  return outcome.value
}

export function refuse(
  code: ServiceErrorCode,
  message: string,
  more: Omit<ServiceError, 'code' | 'message'> = {},
): never {
  throw new Refusal({ code, message, ...more })
}
