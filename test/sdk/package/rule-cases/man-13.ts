import { annex, type RuleCase } from '../rule-case.ts'

const called = (displayName: string) => annex((it) => Object.assign(it, { displayName }))

export const man13Case: RuleCase = {
  trips: [
    ...['a\u200bb', '\u202eabc', '..\u3164', 'x ', 'Site\u200c import'].map(called),
    // Letters of two scripts in a word, and a word of borrowed letters only.
    ...['P\u0430yPal', '\u0391pple', '\u13aarea', '\u0420\u0430\u0443\u0420\u0430', '\u0410\u0421\u041c\u0415 1'].map(
      called,
    ),
    // Mathematical, full-width, enclosed and Kelvin's letters.
    ...['\u{1d40f}ay', '\uff30\uff41\uff59', '\u24c5ay', '\u212ain', '\u{1f150}b'].map(called),
    ...['Sites a\u0301\u0301', '\u0301Sites', 'S\u0300\u0301\u0302\u0303ites', 'Plan 12\u09ea'].map(called),
    annex((it) => Object.assign(it, { egress: [{ host: 'api.erp.example', reason: 'The API\n\nand no more' }] })),
    annex((it) => Object.assign(it, { locales: { fr: { reasons: { 'write:chantiers': '\u202eCrée' } } } })),
    annex((it) => Object.assign(it, { locales: { fr: { displayName: 'S\u0456tes' } } })),
  ],
  passes: [
    ...['\u041f\u043b\u0430\u043d\u044b ERP', 'Caf\u00e9 \u0026 Co', '\u65e5\u672c', '\u0394 sync'].map(called),
    ...['ERP\u9023\u643a', 'N\u00ba 1 \u00bd', 'Site import\u2122', 'Qu\u1ea3n l\u00fd', 'Quy\u0302\u0301n'].map(
      called,
    ),
    // Persian and Hindi with their joiners, and pictures with their selectors.
    ...[
      '\u0645\u06cc\u200c\u0628\u0627\u0634\u062f',
      '\u0915\u094d\u200d\u0937',
      '\u2699\ufe0f Sync',
      '\u09ea\u09e8',
    ].map(called),
  ],
}
