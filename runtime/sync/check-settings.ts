import type { JsonObject } from '@annex/sdk/json'
import type { Connector } from '../connectors/connectors.ts'
import { type Result, refusal, success } from '../result.ts'
import { type BindingProblem, checkBindings } from './check-bindings.ts'
import type { IntegrationDeps } from './integration-deps.ts'
import { isDeeperThan } from './json-depth.ts'
import type { StreamBindings } from './stream-binding.ts'

export interface Settings {
  config: Record<string, unknown>
  /** Absent: those that are stored are kept, or there are none. */
  credentials?: Record<string, string>
  /** Whether credentials are stored already. */
  hasCredentials: boolean
  streams: StreamBindings
}

const MAX_CONFIG_BYTES = 64 * 1024
const MAX_STREAMS_BYTES = 256 * 1024
const MAX_CONFIG_DEPTH = 16

/** The settings as JSON text, if the connector, the platform and what is installed agree with them. */
export async function checkSettings(
  deps: IntegrationDeps,
  organizationId: string,
  connector: Connector,
  settings: Settings,
): Promise<Result<{ config: string; streams: string }>> {
  const config = JSON.stringify(settings.config)
  const streams = JSON.stringify(settings.streams)
  if (Buffer.byteLength(config) > MAX_CONFIG_BYTES) return refusal('INVALID_ARGUMENT', 'the config is too large')
  if (Buffer.byteLength(streams) > MAX_STREAMS_BYTES) return refusal('INVALID_ARGUMENT', 'the streams are too large')
  const plain: JsonObject = JSON.parse(config)
  if (isDeeperThan(plain, MAX_CONFIG_DEPTH)) return refusal('INVALID_ARGUMENT', 'the config is nested too deep')
  const problems = [
    ...(await checkBindings(deps, organizationId, connector, settings.streams)),
    ...(await checkConfig(deps, connector, plain)),
    ...(await checkCredentials(deps, connector, settings)),
  ]
  const [first] = problems
  if (!first) return success({ config, streams })
  return refusal('INVALID_ARGUMENT', `${first.path}: ${first.message}`, { details: { errors: problems } })
}

async function checkConfig(
  { connectors }: IntegrationDeps,
  connector: Connector,
  config: JsonObject,
): Promise<BindingProblem[]> {
  const verdict = await connectors.validateConfig(connector, config)
  return verdict.ok ? [] : verdict.errors.map(({ path, message }) => ({ path: `/config${path}`, message }))
}

/** Stored credentials were checked when they came. */
async function checkCredentials(
  { connectors }: IntegrationDeps,
  connector: Connector,
  { credentials, hasCredentials }: Settings,
): Promise<BindingProblem[]> {
  if (credentials === undefined && hasCredentials) return []
  const verdict = await connectors.validateCredentials(connector, credentials ?? {})
  return verdict.ok ? [] : verdict.errors.map(({ path, message }) => ({ path: `/credentials${path}`, message }))
}
