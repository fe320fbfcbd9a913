import type { JsonObject } from '@annex/sdk/json'
import { isOurFault } from '../../runtime/connectors/schema-validator.ts'
import { SchemaCheckFailed } from '../../runtime/sandbox/package-checker.ts'
import { type Outcome, refused } from '../errors.ts'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import type { InstallationsDeps } from './installation-deps.ts'

const MAX_CONFIG_CHARACTERS = 64 * 1024

/** Holds a configuration against the author's schema, in the cage. Without a schema there is nothing to configure. */
export async function validConfig(
  { validate, reports }: Pick<InstallationsDeps, 'validate' | 'reports'>,
  { reportId }: ReleaseFacts,
  config: JsonObject,
): Promise<Outcome<JsonObject>> {
  if (JSON.stringify(config).length > MAX_CONFIG_CHARACTERS)
    return refused('CONFIG_INVALID', `a configuration has at most ${MAX_CONFIG_CHARACTERS} characters`)
  const schema = (await reports.passed(reportId)).package.manifest.annex.config
  if (!schema) {
    if (Object.keys(config).length === 0) return { ok: true, value: config }
    return refused('CONFIG_INVALID', 'this extension has nothing to configure')
  }
  const verdict = await validate(schema as JsonObject, config).catch(withoutVerdict)
  if (verdict === 'unavailable')
    return refused('UNAVAILABLE', 'the configuration cannot be checked now; try again in a moment', { retryAfter: 2 })
  if (verdict === 'unusable')
    return refused('CONFIG_INVALID', "the extension's own schema of its configuration cannot be used")
  if (verdict.ok) return { ok: true, value: config }
  const problems = verdict.errors.slice(0, 20).map(({ path, message }) => ({ pointer: path, message }))
  return refused('CONFIG_INVALID', 'the configuration does not fit the schema of the extension', {
    details: { problems },
  })
}

/** An author's schema that is none, or takes too long, is the extension's fault; a check without a place is ours. */
function withoutVerdict(error: unknown): 'unusable' | 'unavailable' {
  if (!(error instanceof SchemaCheckFailed)) throw error
  return isOurFault(error) ? 'unavailable' : 'unusable'
}

/** The configuration after a change: a field that is `null` is taken out, others replace what was there. */
export function changedConfig(config: JsonObject, changes: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries({ ...config, ...changes }).filter(([, value]) => value !== null))
}
