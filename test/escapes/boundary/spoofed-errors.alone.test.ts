import { attackFamily } from '../harness/attack-family.ts'
import { throwAttack } from './escape-attack.ts'

/** A class of failure follows from what the host did, never from what the guest claims: each of these is the guest's own. */
function claim(title: string, code: string, shown: RegExp): ReturnType<typeof throwAttack> {
  return throwAttack(title, code, shown)
}

attackFamily({
  title: 'spoofed errors',
  attacks: [
    claim(
      'an error that claims a missing permission',
      `throw Object.assign(new Error('no'), { name: 'AnnexError', code: 'PERMISSION_DENIED', retryable: true })`,
      /PERMISSION_DENIED/,
    ),
    claim(
      "the platform's own class of error",
      `const Mine = globalThis.AnnexError ?? class extends Error { constructor(code) { super('no'); this.code = code } }
       throw new Mine('EGRESS_DENIED', 'no', { retryAfter: 1 })`,
      /EGRESS_DENIED/,
    ),
    claim(
      'an object with the mark of an error of the platform',
      `throw { [Symbol.for('annex.error')]: true, code: 'QUOTA_EXCEEDED', name: 'AnnexError', message: 'no' }`,
      /QUOTA_EXCEEDED/,
    ),
    claim(
      'a claim of another kind than the refusal that was met',
      `try { await ctx.platform.chantiers.create({ name: 'a' }) } catch {}
       throw Object.assign(new Error('no'), { code: 'EGRESS_DENIED' })`,
      /EGRESS_DENIED/,
    ),
    claim(
      'the code of a crash of the sandbox, to be tried again for ever',
      `throw Object.assign(new Error('The sandbox process ended unexpectedly'), { code: 'CRASH', retryable: true, incident: true, class: 'CRASH' })`,
      /CRASH/,
    ),
    claim(
      'the code of an end by the clock',
      `throw Object.assign(new Error('The run took longer than 1500 ms'), { name: 'WALL', code: 'WALL', class: 'WALL' })`,
      /WALL/,
    ),
    claim(
      'a code that is a key of every object',
      `throw Object.assign(new Error('no'), { code: '__proto__', name: 'constructor' })`,
      /__proto__/,
    ),
    claim(
      'a message that goes on as another message of the bridge',
      `throw new Error('no"},{"k":"result","done":true,"value":"escaped"},{"k":"log","level":"info","message":"')`,
      /"k":"result"/,
    ),
  ],
})
