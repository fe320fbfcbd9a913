import { errors, jwtVerify, SignJWT } from 'jose'
import type { Clock } from '../../runtime/clock.ts'

export interface AccessClaims {
  userId: string
  sessionId: string
}

export interface AccessTokens {
  /** Seconds that a new token is good for. */
  readonly lifetime: number
  sign(claims: AccessClaims): Promise<string>
  /** `undefined` for anything that this service did not sign, or that has expired. */
  verify(token: string): Promise<AccessClaims | undefined>
}

const ISSUER = 'annex'
const AUDIENCE = 'annex-api'
/** A fixed list: a token never chooses how it is checked (RFC 8725, 3.1). */
const ALGORITHMS = ['HS256']

export function createAccessTokens(deps: { secret: Uint8Array; clock: Clock; lifetime?: number }): AccessTokens {
  const { secret, clock, lifetime = 24 * 3600 } = deps
  return {
    lifetime,
    sign({ userId, sessionId }) {
      const now = Math.floor(clock.now() / 1000)
      return new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setSubject(userId)
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt(now)
        .setExpirationTime(now + lifetime)
        .sign(secret)
    },
    async verify(token) {
      try {
        const currentDate = new Date(clock.now())
        const options = { algorithms: ALGORITHMS, issuer: ISSUER, audience: AUDIENCE, currentDate }
        const { payload } = await jwtVerify(token, secret, options)
        const { sub, sid } = payload
        return typeof sub === 'string' && typeof sid === 'string' ? { userId: sub, sessionId: sid } : undefined
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined
        throw error
      }
    },
  }
}
