import { isExtensionEventType, resourceEventType } from '@annex/sdk/event-types'
import { expandScope } from '@annex/sdk/scopes'
import { Cron } from 'croner'
import { readDescription } from '../describe.ts'
import { type Observation, shown } from '../finding.ts'
import { DESCRIBE_FILE, MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'

export const man17: Rule = {
  id: 'MAN-17',
  severity: 'error',
  stage: 'manifest',
  title: 'What the manifest declares to react to, the code handles, and the other way round',
  why: 'An event, a time or a webhook without a handler is lost; a handler that nothing calls was meant to be called.',
  fix: 'Name events, schedules and the webhook both in package.json and in the definition, and the scope of each event.',
  check: (context) => [...eventProblems(context), ...scheduleProblems(context), ...handlerProblems(context)],
}

function* eventProblems(context: ManifestStage): Iterable<Observation> {
  const { subscribes = [], emits = [] } = context.manifest.annex.events ?? {}
  for (const [index, type] of subscribes.entries()) {
    const message = subscriptionProblem(context, type)
    if (message !== undefined) yield at(context, `/annex/events/subscribes/${index}`, message)
  }
  for (const [index, type] of emits.entries()) {
    if (isExtensionEventType(type)) continue
    const message = `${shown(type)} is no type that an extension may emit: write it like acme.site.imported`
    yield at(context, `/annex/events/emits/${index}`, message)
  }
}

function subscriptionProblem({ manifest: { annex } }: ManifestStage, type: string): string | undefined {
  const known = resourceEventType(type)
  if (!known) return isExtensionEventType(type) ? undefined : `there is no event ${shown(type)}`
  const scope = `read:${known.resource.scope}`
  const { required = [], optional = [] } = annex.permissions ?? {}
  const asked: readonly string[] = [...required, ...optional].flatMap((request) => expandScope(request.scope))
  return asked.includes(scope) ? undefined : `the event ${type} needs the scope ${scope}, which is not asked for`
}

function* scheduleProblems(context: ManifestStage): Iterable<Observation> {
  for (const [index, { cron, timezone }] of (context.manifest.annex.schedules ?? []).entries()) {
    const pointer = `/annex/schedules/${index}`
    if (!isZone(timezone)) yield at(context, `${pointer}/timezone`, `${shown(timezone ?? '')} is no IANA time zone`)
    else if (!isCron(cron, timezone))
      yield at(context, `${pointer}/cron`, `${shown(cron)} is no cron of five fields that ever comes due`)
  }
}

function isZone(timezone: string | undefined): boolean {
  if (timezone === undefined) return true
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** From a fixed day, so that a package never passes on one day and fails on another. */
function isCron(cron: string, timezone = 'UTC'): boolean {
  try {
    return new Cron(cron, { timezone, mode: '5-part', paused: true }).nextRun(new Date('2024-01-01T00:00:00Z')) !== null
  } catch {
    return false
  }
}

/** Both ways: what is declared is handled, and what is handled is declared. */
function* handlerProblems(context: ManifestStage): Iterable<Observation> {
  const read = readDescription(context.package.files.get(DESCRIBE_FILE) ?? new Uint8Array())
  // MAN-11 tells of a description that is not there or is none.
  if (!read.ok) return
  const declared = declaredHandlers(context)
  const { handlers } = read.description
  for (const [handler, pointer] of declared) {
    if (!handlers.includes(handler)) yield at(context, pointer, `the definition has no ${shown(handler)}`)
  }
  for (const handler of handlers) {
    const key = REACTING.find(({ prefix }) => handler.startsWith(prefix))?.key
    if (key === undefined || declared.has(handler)) continue
    const message = `the definition has ${shown(handler)}, which ${key} of package.json does not name`
    yield { message, file: DESCRIBE_FILE, pointer: '/handlers' }
  }
}

const REACTING = [
  { prefix: 'on.', key: 'annex.events.subscribes' },
  { prefix: 'schedules.', key: 'annex.schedules' },
  { prefix: 'webhook.', key: 'annex.webhook' },
] as const

/** Handlers by path, each with the place that asks for it. */
function declaredHandlers({ manifest: { annex } }: ManifestStage): Map<string, string> {
  const events = (annex.events?.subscribes ?? []).map(
    (type, i) => [`on.${type}`, `/annex/events/subscribes/${i}`] as const,
  )
  const schedules = (annex.schedules ?? []).map(
    ({ name }, i) => [`schedules.${name}`, `/annex/schedules/${i}`] as const,
  )
  const webhook = annex.webhook ? [['webhook.parse', '/annex/webhook'] as const] : []
  return new Map([...events, ...schedules, ...webhook])
}

function at({ place }: ManifestStage, pointer: string, message: string): Observation {
  return { message, file: MANIFEST_FILE, pointer, line: lineAt(place, pointer) }
}
