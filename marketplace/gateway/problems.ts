import { type Static, Type } from '@sinclair/typebox'
import { SchemaCheckUnavailable } from '../../runtime/connectors/schema-validator.ts'
import { StorageError } from '../../runtime/storage/port.ts'
import { type ErrorKind, SERVICE_ERRORS, type ServiceError } from '../errors.ts'
import { Refusal } from './refusal.ts'

/** RFC 9457 problem details, the one form of every error that leaves the gateway. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'Where the code is explained' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ description: 'Stable; never reused for another meaning' }),
    retryable: Type.Boolean({ description: 'Whether the same request may succeed later without a change' }),
    retryAfter: Type.Optional(Type.Integer({ description: 'Seconds' })),
    timestamp: Type.String({ format: 'date-time' }),
    requestId: Type.String(),
    errors: Type.Optional(
      Type.Array(Type.Object({ pointer: Type.String(), in: Type.String(), detail: Type.String() }), {
        description: 'What does not fit its schema; `pointer` is a JSON Pointer (RFC 6901) into the part named by `in`',
      }),
    ),
    details: Type.Optional(Type.Unknown()),
  },
  { $id: 'Problem', title: 'Problem' },
)
export type Problem = Static<typeof Problem>

export const PROBLEM_TYPE = 'application/problem+json'

const STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  unsupported: 415,
  unprocessable: 422,
  limited: 429,
  upstream: 502,
  timeout: 504,
  unavailable: 503,
  internal: 500,
}

/** What the framework reports by its own codes. */
const FRAMEWORK_CODES: Readonly<Record<string, ServiceError['code']>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
}

export interface ProblemContext {
  requestId: string
  /** ISO 8601. */
  timestamp: string
  /** Whether the request carried a list's cursor. */
  hasCursor: boolean
}

/** Describes anything thrown. What is not an expected refusal tells its request id and nothing else. */
export function problemOf(error: unknown, context: ProblemContext): Problem {
  const { errors, ...refusal } = asRefusal(error, context)
  const { kind, retryable, meaning } = SERVICE_ERRORS[refusal.code]
  const { retryAfter, details } = refusal
  return {
    type: `/docs#${refusal.code}`,
    title: meaning,
    status: STATUS[kind],
    detail: refusal.message,
    code: refusal.code,
    retryable,
    ...(retryAfter === undefined ? {} : { retryAfter: Math.max(1, Math.ceil(retryAfter)) }),
    timestamp: context.timestamp,
    requestId: context.requestId,
    ...(errors === undefined ? {} : { errors }),
    ...(details === undefined ? {} : { details }),
  }
}

interface DescribedRefusal extends ServiceError {
  errors?: NonNullable<Problem['errors']>
}

function asRefusal(error: unknown, context: ProblemContext): DescribedRefusal {
  if (error instanceof Refusal) return error.error
  if (error instanceof SchemaCheckUnavailable) return { code: 'UNAVAILABLE', message: error.message, retryAfter: 2 }
  // The store binds a cursor to its list; only a request with a cursor can have brought a foreign one.
  if (error instanceof StorageError && context.hasCursor && error.message.includes('cursor'))
    return { code: 'INVALID_ARGUMENT', message: 'the cursor is not one of this list' }
  if (isFrameworkError(error)) return ofFramework(error)
  return { code: 'INTERNAL', message: 'something went wrong on our side; quote the request id' }
}

interface FrameworkError extends Error {
  statusCode: number
  code?: string
  validation?: { instancePath: string; message?: string; params: Record<string, unknown>; keyword: string }[]
  validationContext?: string
}

function isFrameworkError(error: unknown): error is FrameworkError {
  if (!(error instanceof Error) || !('statusCode' in error)) return false
  return typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500
}

function ofFramework(error: FrameworkError): DescribedRefusal {
  const { validation, validationContext = 'body' } = error
  if (!validation) return { code: FRAMEWORK_CODES[error.code ?? ''] ?? 'INVALID_ARGUMENT', message: error.message }
  const part = validationContext === 'querystring' ? 'query' : validationContext
  const errors = validation.slice(0, 20).map((fault) => ({
    pointer: pointerOf(fault),
    in: part,
    detail: fault.message ?? 'does not fit its schema',
  }))
  const first = errors[0]
  const place = first && first.pointer !== '' ? ` at ${first.pointer}` : ''
  return { code: 'INVALID_ARGUMENT', message: `${part}${place}: ${first?.detail ?? 'invalid'}`, errors }
}

/** Points at the property itself where the validator points at the object that lacks it or has it too much. */
function pointerOf({ instancePath, keyword, params }: NonNullable<FrameworkError['validation']>[number]): string {
  const name = keyword === 'required' ? params.missingProperty : params.additionalProperty
  return typeof name === 'string' ? `${instancePath}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` : instancePath
}
