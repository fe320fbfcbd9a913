import { annex, type RuleCase } from '../rule-case.ts'

export const man02Case: RuleCase = {
  trips: [
    annex((it) => delete it.category),
    annex((it) => Object.assign(it, { category: 'GAMES' })),
    annex((it) => Object.assign(it, { displayName: 7 })),
    annex((it) => Object.assign(it, { permissions: { required: [{ scope: 'write:chantiers' }] } })),
    annex((it) => Object.assign(it, { credentials: { type: 'API_KEY', schema: {}, inject: [] } })),
    annex((it) => Object.assign(it, { locales: { '../x': { displayName: 'x' } } })),
    annex((it) => Object.assign(it, { egress: Array(33).fill({ host: 'a.example.com', reason: 'many' }) })),
    { manifest: (it) => Object.assign(it, { annex: undefined }) },
  ],
  passes: [
    { manifest: (it) => Object.assign(it, { scripts: { test: 'node --test' }, private: true }) },
    annex((it) =>
      Object.assign(it, { locales: { fr: { displayName: 'Chantiers', reasons: { 'write:chantiers': 'Crée' } } } }),
    ),
  ],
}
