import { randomBytes } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { type Result, refusal, success } from '../result.ts'
import { type Page, StorageConflict, StorageError, type Store } from '../storage/port.ts'
import { createParseJob, type ParseDeps } from './parse-webhook.ts'
import { type IncomingWebhook, PARSE_JOB, type ReceiveDeps, receiveWebhook, retryWebhook } from './receive.ts'
import { type Webhook, webhookSources, webhooks } from './webhook.ts'

/** Webhooks that come in for extensions. */
export interface WebhooksIn {
  /** The address of an installation, which is made when it is first asked for. */
  sourceOf(organizationId: string, installationId: string): Promise<string>
  receive(sourceId: string, incoming: IncomingWebhook): Promise<Result<{ duplicate: boolean }>>
  /** Newest first. */
  list(
    organizationId: string,
    installationId: string,
    page: { limit?: number; cursor?: string },
  ): Promise<Result<Page<Webhook>>>
  /** Has a dead one tried anew: `NOT_FOUND`, or `CONFLICT` unless it is DEAD. */
  retry(organizationId: string, webhookId: string): Promise<Result<Webhook>>
}

/** Registers its job: to be made before the queue starts. */
export function createWebhooksIn(deps: ReceiveDeps & ParseDeps): WebhooksIn {
  const { store } = deps
  deps.jobs.register(PARSE_JOB, createParseJob(deps))
  return {
    sourceOf: (organizationId, installationId) => sourceOf(deps, organizationId, installationId),
    receive: (sourceId, incoming) => receiveWebhook(deps, sourceId, incoming),
    async list(organizationId, installationId, page) {
      try {
        const query = { where: { installationId }, sort: [['receivedAt', 'desc']] as const, ...page }
        return success(await store.forOrganization(organizationId)(webhooks).find(query))
      } catch (error) {
        if (error instanceof StorageError) return refusal('INVALID_ARGUMENT', 'the cursor does not belong to this list')
        throw error
      }
    },
    retry: (organizationId, id) => retryWebhook(deps, organizationId, id),
  }
}

async function sourceOf(
  deps: { store: Store; clock: Clock },
  organizationId: string,
  installationId: string,
): Promise<string> {
  const mine = deps.store.forOrganization(organizationId)(webhookSources)
  const find = async () => (await mine.find({ where: { installationId }, limit: 1 })).data[0]?._id
  const known = await find()
  if (known !== undefined) return known
  const _id = `whs_${randomBytes(24).toString('base64url')}`
  try {
    await mine.insert({ _id, installationId, createdAt: deps.clock.iso() })
    return _id
  } catch (error) {
    const other = error instanceof StorageConflict ? await find() : undefined
    if (other === undefined) throw error
    return other
  }
}
