import type { JsonObject, TransformResult } from '@annex/sdk'
import { isRealDate } from './dates.ts'
import { cleanPostalCode } from './postal-code.ts'
import { statusOf } from './status-words.ts'
import { titleCase } from './title-case.ts'

/** One site made tidy, refused with a reason, or left out because somebody was only trying things. */
export function cleanSite(record: JsonObject, options: { keepTestSites: boolean }): TransformResult {
  const name = squeeze(record.name)
  if (!options.keepTestSites && /^test\b/i.test(name)) return { drop: `"${name}" is a test site` }
  const status = statusOf(squeeze(record.status))
  if (!status) return refuse('STATUS_UNKNOWN', `"${record.status}" is no status word that we know`)
  const wrongDate = [record.startsOn, record.endsOn].find((day) => day !== undefined && !isRealDate(day))
  if (wrongDate !== undefined) return refuse('DATE_IMPOSSIBLE', `"${wrongDate}" is not a day of the calendar`)
  const { startsOn, endsOn } = record
  if (typeof startsOn === 'string' && typeof endsOn === 'string' && endsOn < startsOn) {
    return refuse('DATES_REVERSED', `The site ends on ${endsOn}, before it starts on ${startsOn}`)
  }
  return { ok: { ...record, ...tidyText(record), name: titleCase(name), status } }
}

function tidyText(record: JsonObject): JsonObject {
  const tidy: JsonObject = {}
  for (const field of ['reference', 'client', 'street']) {
    if (record[field] !== undefined) tidy[field] = squeeze(record[field])
  }
  if (record.city !== undefined) tidy.city = titleCase(squeeze(record.city))
  if (record.postalCode !== undefined) tidy.postalCode = cleanPostalCode(squeeze(record.postalCode))
  return tidy
}

/** Without spaces at the ends, and with one where there were several. */
function squeeze(value: unknown): string {
  return String(value ?? '')
    .replace(/\s+/g, ' ')
    .trim()
}

function refuse(code: string, message: string): TransformResult {
  return { error: { code, message } }
}
