import exceptions from 'spdx-exceptions/index.json' with { type: 'json' }
import deprecatedLicenses from 'spdx-license-ids/deprecated.json' with { type: 'json' }
import licenses from 'spdx-license-ids/index.json' with { type: 'json' }

const LICENSES = new Set<string>(licenses)
const DEPRECATED = new Set<string>(deprecatedLicenses)
const EXCEPTIONS = new Set<string>(exceptions)
/** Of the project itself: `LicenseRef-Acme`, `DocumentRef-x:LicenseRef-y`. */
const OWN = /^(DocumentRef-[A-Za-z0-9.-]{1,64}:)?LicenseRef-[A-Za-z0-9.-]{1,64}$/

export interface SpdxExpression {
  /** The licences that it names, without `+`. */
  ids: string[]
  /** Those of them that the list keeps for old packages only. */
  deprecated: string[]
}

/** Reads an expression of SPDX 2.3, annex D, by the SPDX list of licences; a problem says what is none. */
export function readSpdxExpression(text: string): SpdxExpression | { problem: string } {
  const ids: string[] = []
  let depth = 0
  let wants: 'operand' | 'operator' | 'exception' = 'operand'
  for (const token of text.match(/[()]|[^\s()]+/g) ?? []) {
    if (wants === 'exception') {
      if (!EXCEPTIONS.has(token)) return { problem: `${JSON.stringify(token)} is not an exception of the SPDX list` }
      wants = 'operator'
    } else if (wants === 'operand') {
      if (token === '(') depth++
      else if (isLicense(token)) {
        ids.push(token.replace(/\+$/, ''))
        wants = 'operator'
      } else return { problem: unknownLicense(token) }
    } else if (token === ')' && depth > 0) depth--
    else if (token === 'AND' || token === 'OR') wants = 'operand'
    else if (token === 'WITH') wants = 'exception'
    else return { problem: `AND, OR or WITH is wanted before ${JSON.stringify(token)}` }
  }
  if (wants !== 'operator' || depth > 0) return { problem: 'it ends too early' }
  return { ids, deprecated: ids.filter((id) => DEPRECATED.has(id)) }
}

function isLicense(token: string): boolean {
  const id = token.replace(/\+$/, '')
  return LICENSES.has(id) || DEPRECATED.has(id) || OWN.test(token)
}

/** Most faults are of spelling: the list is asked again without case and separators. */
function unknownLicense(token: string): string {
  const wanted = squeezed(token)
  const near = licenses.find((id) => squeezed(id) === wanted) ?? COMMON[wanted]
  const hint = near === undefined ? '' : `; did you mean ${near}?`
  return `${JSON.stringify(token)} is not on the SPDX list of licences${hint}`
}

function squeezed(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9.]/g, '')
}

const COMMON: Readonly<Record<string, string>> = {
  apache: 'Apache-2.0',
  apache2: 'Apache-2.0',
  bsd: 'BSD-3-Clause',
  gpl: 'GPL-3.0-only',
  gplv3: 'GPL-3.0-only',
  lgpl: 'LGPL-3.0-only',
  mpl: 'MPL-2.0',
}
