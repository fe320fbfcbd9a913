/** What one request through the gate may cost. Sizes in bytes, times in milliseconds. */
export interface EgressLimits {
  /** From the call to the last byte, redirects and waiting for a free slot included. */
  totalMs: number
  requestBytes: number
  /** After decompression. The compressed bytes are held to it too: a stream of empty blocks never grows. */
  responseBytes: number
  redirects: number
}

export const EGRESS_LIMITS: EgressLimits = {
  totalMs: 10_000,
  requestBytes: 1024 * 1024,
  responseBytes: 5 * 1024 * 1024,
  redirects: 3,
}

/** What differs when a file goes by, in either direction: it is never whole in memory. */
export const FILE_TRANSFER_LIMITS = {
  totalMs: 60_000,
  responseBytes: 64 * 1024 * 1024,
}

/** Requests of one installation on their way at once, and those that may wait for one of them to end. */
export const PARALLEL_REQUESTS = 6
export const WAITING_REQUESTS = 64

/**
 * Idle connections and the hosts of one organization that have any. The upstream's own wish (`Keep-Alive: timeout=`)
 * ends at the most: else one that answers under many names could use up this process's descriptors.
 */
export const CONNECTION_LIMITS = { keepAliveTimeout: 4_000, keepAliveMaxTimeout: 5_000, maxOrigins: 256 }

/** Look-ups of host names: under way at once, waiting for one organization, and the time of one with its wait. */
export const LOOKUP_LIMITS = { running: { organization: 2, overall: 3 }, waiting: 64, totalMs: 10_000 }

export const MAX_URL_LENGTH = 16_384
export const MAX_REQUEST_HEADERS = 64
export const MAX_REQUEST_HEADER_BYTES = 32 * 1024
export const MAX_RESPONSE_HEADER_BYTES = 32 * 1024
/** Characters of the reason phrase that are passed on. */
export const MAX_STATUS_TEXT = 256
