import { Type } from '@sinclair/typebox'
import { KillAction, KillEntry, KillTarget } from '../kill-list/kill-entry.ts'
import { Strict } from './schemas.ts'

const Reason = Type.String({ minLength: 1, maxLength: 500, description: 'Everybody may read it' })

export const KillRequest = Strict({ target: KillTarget, action: KillAction, reason: Reason })
export const LiftRequest = Strict({ reason: Reason })

export const ShownKillEntry = Type.Object({
  ...KillEntry.properties,
  by: Type.String(),
  live: Type.Boolean({ description: 'It is no lift, and was not lifted' }),
})

const Digest = Type.String({
  description:
    'SHA-256 over all entries: from 64 zeros on, for each entry the hexadecimal digest of the one before, a line feed and ' +
    'the canonical JSON (RFC 8785) of the entry',
})

export const KillSnapshot = Type.Object({
  seq: Type.Integer({ description: 'Of the last entry' }),
  digest: Digest,
  entries: Type.Array(KillEntry, { description: 'Behind `after`, in order' }),
  more: Type.Boolean({ description: 'Whether there are more behind these' }),
  signature: Type.Object({
    kid: Type.String({ description: 'One of `/api/marketplace/keys`' }),
    statement: Type.String({ description: 'The text that is signed: JSON with `seq` and `digest`' }),
    value: Type.String({ description: 'Ed25519 over the UTF-8 bytes of `statement`, in base64url' }),
  }),
})
