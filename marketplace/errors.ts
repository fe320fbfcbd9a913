import { ERROR_CODES } from '@annex/sdk/errors'

/** What a refusal means to its caller. Only the gateway turns a kind into an HTTP status. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'conflict'
  | 'gone'
  | 'too-large'
  | 'unsupported'
  | 'unprocessable'
  | 'limited'
  | 'upstream'
  | 'timeout'
  | 'unavailable'
  | 'internal'

interface ErrorEntry {
  kind: ErrorKind
  /** Whether the same request may succeed later without a change. */
  retryable: boolean
  meaning: string
}

const sdk = ERROR_CODES

/** Every code that the service answers with. A code is never reused for another meaning. */
export const SERVICE_ERRORS = {
  PERMISSION_DENIED: { kind: 'forbidden', ...sdk.PERMISSION_DENIED, meaning: 'The caller is not allowed to do this.' },
  EGRESS_DENIED: { kind: 'forbidden', ...sdk.EGRESS_DENIED },
  QUOTA_EXCEEDED: { kind: 'limited', ...sdk.QUOTA_EXCEEDED },
  INVALID_ARGUMENT: { kind: 'invalid', ...sdk.INVALID_ARGUMENT, meaning: 'The request does not fit its schema.' },
  NOT_FOUND: { kind: 'not-found', ...sdk.NOT_FOUND, meaning: 'There is no such thing, or the caller may not see it.' },
  CONFLICT: { kind: 'conflict', ...sdk.CONFLICT },
  CONNECTION_FAILED: { kind: 'upstream', ...sdk.CONNECTION_FAILED },
  AUTHENTICATION_FAILED: { kind: 'upstream', ...sdk.AUTHENTICATION_FAILED },
  RATE_LIMIT_EXCEEDED: { kind: 'limited', ...sdk.RATE_LIMIT_EXCEEDED },
  TIMEOUT: { kind: 'timeout', ...sdk.TIMEOUT },
  CANCELLED: { kind: 'conflict', ...sdk.CANCELLED },
  UNAVAILABLE: { kind: 'unavailable', ...sdk.UNAVAILABLE },

  UNAUTHENTICATED: { kind: 'unauthenticated', retryable: false, meaning: 'No valid session or API key was sent.' },
  INVALID_CREDENTIALS: {
    kind: 'unauthenticated',
    retryable: false,
    meaning: 'Email and password do not belong together.',
  },
  SEVERAL_CREDENTIALS: { kind: 'invalid', retryable: false, meaning: 'More than one credential was sent.' },
  SESSION_REQUIRED: { kind: 'forbidden', retryable: false, meaning: 'Only a person with a session may do this.' },
  ORGANIZATION_REQUIRED: { kind: 'invalid', retryable: false, meaning: '`X-Organization` must name one of several.' },
  EMAIL_TAKEN: { kind: 'conflict', retryable: false, meaning: 'An account with this address exists.' },
  WEAK_PASSWORD: { kind: 'invalid', retryable: false, meaning: 'The password is too short or too long.' },
  INVITATION_INVALID: { kind: 'invalid', retryable: false, meaning: 'The invitation is unknown, used or expired.' },
  LAST_OWNER: { kind: 'conflict', retryable: false, meaning: 'An organization or publisher keeps at least one owner.' },
  KEY_LIMIT_REACHED: { kind: 'conflict', retryable: false, meaning: 'The user holds as many API keys as allowed.' },
  UNKNOWN_SCOPE: { kind: 'invalid', retryable: false, meaning: 'A text names no scope.' },

  IDEMPOTENCY_MISMATCH: {
    kind: 'unprocessable',
    retryable: false,
    meaning: 'The idempotency key was used with another request.',
  },
  IDEMPOTENCY_IN_PROGRESS: {
    kind: 'conflict',
    retryable: true,
    meaning: 'The first request with this idempotency key is still running.',
  },
  IDEMPOTENCY_UNKNOWN: {
    kind: 'conflict',
    retryable: false,
    meaning: 'The first request with this idempotency key was cut off: it may have taken effect or not.',
  },
  METHOD_NOT_ALLOWED: { kind: 'method-not-allowed', retryable: false, meaning: 'The path exists for other methods.' },
  PAYLOAD_TOO_LARGE: { kind: 'too-large', retryable: false, meaning: 'The body or the headers are too large.' },
  UNSUPPORTED_MEDIA_TYPE: {
    kind: 'unsupported',
    retryable: false,
    meaning: 'The route does not read this media type.',
  },
  PUBLISHER_NAME_INVALID: {
    kind: 'invalid',
    retryable: false,
    meaning: 'The publisher name is malformed or reserved.',
  },
  PUBLISHER_TAKEN: {
    kind: 'conflict',
    retryable: false,
    meaning: 'This publisher, or one that looks like it, exists.',
  },
  PUBLISHER_UNKNOWN: { kind: 'not-found', retryable: false, meaning: 'There is no such publisher.' },
  PUBLISHER_FORBIDDEN: {
    kind: 'forbidden',
    retryable: false,
    meaning: 'The caller may not publish for this publisher.',
  },
  DOMAIN_INVALID: { kind: 'invalid', retryable: false, meaning: 'The domain cannot stand for a publisher.' },
  DOMAIN_NOT_PROVEN: {
    kind: 'unprocessable',
    retryable: true,
    meaning: 'The domain answered without the line that proves it.',
  },
  PACKAGE_EMPTY: { kind: 'invalid', retryable: false, meaning: 'The body holds no package.' },
  PACKAGE_TOO_LARGE: { kind: 'too-large', retryable: false, meaning: 'The package is larger than the limit.' },
  PACKAGE_DIGEST_MISMATCH: {
    kind: 'invalid',
    retryable: true,
    meaning: 'The bytes that arrived are not those that the sender announced.',
  },
  PACKAGE_INVALID: { kind: 'invalid', retryable: false, meaning: 'The package does not pass its check.' },
  TOO_MANY_SUBMISSIONS: {
    kind: 'limited',
    retryable: true,
    meaning: 'Too many uploads of the caller wait to be checked.',
  },
  VERSION_TAKEN: { kind: 'conflict', retryable: false, meaning: 'The version number is used by other bytes.' },
  SUBMISSION_STATE: { kind: 'conflict', retryable: false, meaning: 'The state of the submission does not allow this.' },
  OWN_SUBMISSION: { kind: 'forbidden', retryable: false, meaning: 'Nobody reviews for a publisher of their own.' },
  REVIEW_CLAIMED: { kind: 'conflict', retryable: true, meaning: 'Another reviewer holds the review.' },
  REVIEW_NOT_CLAIMED: {
    kind: 'conflict',
    retryable: false,
    meaning: 'The caller does not hold the review, or not any more.',
  },
  REVIEW_CHANGED: { kind: 'conflict', retryable: false, meaning: 'The review is of other bytes or another revision.' },
  REVIEW_CLAIMS: {
    kind: 'conflict',
    retryable: true,
    meaning: 'The caller holds as many reviews as one person may.',
  },
  FINDINGS_OPEN: {
    kind: 'conflict',
    retryable: false,
    meaning: 'Findings want the word of a person, and the approval waives them not.',
  },
  REVIEW_CLOSED: { kind: 'conflict', retryable: false, meaning: 'The review has its verdict, or was called off.' },
  CONSENT_REQUIRED: { kind: 'conflict', retryable: false, meaning: 'The extension asks for more than was granted.' },
  GRANT_EXCEEDS_MANIFEST: {
    kind: 'invalid',
    retryable: false,
    meaning: 'More was granted than the extension asks for.',
  },
  ALREADY_INSTALLED: { kind: 'conflict', retryable: false, meaning: 'The organization has this extension already.' },
  INSTALLATION_STATE: {
    kind: 'conflict',
    retryable: false,
    meaning: 'The state of the installation does not allow this.',
  },
  PACKAGE_SIGNATURE_INVALID: {
    kind: 'unprocessable',
    retryable: false,
    meaning: 'The signature of the marketplace does not hold for the package; nothing of it runs.',
  },
  DEPENDENCY_UNRESOLVED: {
    kind: 'conflict',
    retryable: false,
    meaning: 'What the extension needs cannot be had from the catalog.',
  },
  DEPENDENCY_MISSING: {
    kind: 'conflict',
    retryable: false,
    meaning: 'The extension needs others, in versions that are not installed here.',
  },
  DEPENDENCY_IN_USE: {
    kind: 'conflict',
    retryable: false,
    meaning: 'Other installed extensions need this one as it is.',
  },
  EXTENSION_KILLED: {
    kind: 'gone',
    retryable: false,
    meaning: 'The marketplace has stopped the extension; nothing of it runs.',
  },
  KILL_LIST_STALE: {
    kind: 'unavailable',
    retryable: true,
    meaning: 'The node cannot know at the moment what may run, so it starts nothing new.',
  },
  VERSION_STATE: { kind: 'conflict', retryable: false, meaning: 'The state of the version does not allow this.' },
  MARKETPLACE_OFF: {
    kind: 'forbidden',
    retryable: false,
    meaning: 'The marketplace of this service is switched off; what is installed goes on.',
  },
  ENTITLEMENT_REQUIRED: {
    kind: 'forbidden',
    retryable: false,
    meaning: 'The extension is not free, and the organization has neither a trial nor a plan that goes on.',
  },
  TRIAL_USED: { kind: 'conflict', retryable: false, meaning: 'The organization had its trial of this extension.' },
  NOT_INSTALLED: {
    kind: 'forbidden',
    retryable: false,
    meaning: 'Only organizations that have had the extension installed for a while may do this.',
  },
  VERSION_REMOVED: { kind: 'gone', retryable: false, meaning: 'The version was removed from the marketplace.' },
  EXTENSION_LOAD_FAILED: { kind: 'invalid', retryable: false, meaning: 'The extension could not be set up.' },
  CONFIG_INVALID: { kind: 'invalid', retryable: false, meaning: 'The configuration does not fit its schema.' },

  INTERNAL: { kind: 'internal', retryable: true, meaning: 'A fault of ours; the request id finds it in the log.' },
} as const satisfies Record<string, ErrorEntry>

export type ServiceErrorCode = keyof typeof SERVICE_ERRORS

export interface ServiceError {
  code: ServiceErrorCode
  message: string
  /** Seconds. */
  retryAfter?: number
  details?: unknown
}

/** An expected outcome of a service call. A `Result` of the runtime is one. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; error: ServiceError }

export function refused(
  code: ServiceErrorCode,
  message: string,
  more: { retryAfter?: number; details?: unknown } = {},
): { ok: false; error: ServiceError } {
  return { ok: false, error: { code, message, ...more } }
}
