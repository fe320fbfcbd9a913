import t from 'tap'
import { CliError } from '../../../sdk/cli/cli-error.ts'
import type { CommandCall } from '../../../sdk/cli/command.ts'
import { consentSheetOf, showConsent } from '../../../sdk/cli/consent.ts'
import { EXIT } from '../../../sdk/cli/exit-codes.ts'

const call = { terminal: { paint: (_: string, text: string) => text } } as unknown as CommandCall
const asked = (details: object) =>
  new CliError(EXIT.failed, 'CONSENT_REQUIRED', 'an admin must agree', { details: { details } })
const nothing = { required: [], optional: [], hosts: [], events: [], grant: { manifestDigest: 'm' } }

t.test('shows the events that an extension receives', async (t) => {
  const events = [{ type: 'erp.site.seen', words: 'Receive erp.site.seen from other extensions' }]
  t.same(showConsent(call, consentSheetOf(asked({ ...nothing, events }))), [
    'It asks for:',
    '  erp.site.seen: Receive erp.site.seen from other extensions',
  ])
  t.same(showConsent(call, consentSheetOf(asked(nothing))), ['It asks for:', '  nothing'])
})

t.test('takes no consent for whole that does not say which events', async (t) => {
  const { events: _, ...rest } = nothing
  t.throws(() => consentSheetOf(asked(rest)), { code: 'BAD_ANSWER' })
})
