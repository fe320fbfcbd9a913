import { annex, type RuleCase } from '../rule-case.ts'

const url = 'https://example.com/updates.json'

export const man15Case: RuleCase = {
  trips: [
    { manifest: (it) => Object.assign(it, { update_url: url }) },
    { manifest: (it) => Object.assign(it, { autoUpdate: true }) },
    { manifest: (it) => Object.assign(it, { browser_specific_settings: { gecko: { update_url: url } } }) },
    annex((it) => Object.assign(it, { updateURL: url })),
    annex((it) => Object.assign(it.permissions as object, { 'self-updater': { url } })),
  ],
  passes: [
    { manifest: (it) => Object.assign(it, { scripts: { update: 'npm update' }, homepage: url, updateNotes: url }) },
    annex((it) => Object.assign(it, { config: { properties: { updateUrl: { type: 'string' } } } })),
    { manifest: (it) => Object.assign(it, { keywords: ['autoUpdate'] }) },
  ],
}
