import type { Clock } from '../runtime/clock.ts'
import type { Ids } from '../runtime/ids.ts'
import type { Log } from '../runtime/log.ts'
import type { Audit } from '../runtime/audit/audit.ts'
import type { Jobs } from '../runtime/jobs/jobs.ts'
import type { Store } from '../runtime/storage/port.ts'
import type { Accounts } from './accounts/accounts.ts'
import type { KeptAnswers } from './traffic/kept-answers.ts'
import type { RateLimiter } from './traffic/rate-limiter.ts'
import type { Result } from '../runtime/result.ts'
import type { JsonObject } from '@annex/sdk/json'
import type { Principal } from '../runtime/permissions/principal.ts'

export interface Services {
  clock: Clock
  ids: Ids
  log: Log
  store: Store
  runtime: { audit: Audit; jobs: Jobs; platform: {
    list(p: Principal, n: string, q: { filter?: Record<string, string | number>; limit?: number; cursor?: string }): Promise<Result<{ data: JsonObject[]; nextCursor?: string }>>
    get(p: Principal, n: string, id: string): Promise<Result<JsonObject>>
    create(p: Principal, n: string, r: JsonObject): Promise<Result<JsonObject>>
    update(p: Principal, n: string, id: string, r: JsonObject, o: { ifRev?: number }): Promise<Result<JsonObject>>
    remove(p: Principal, n: string, id: string): Promise<Result<undefined>>
  } }
  accounts: Accounts
  limiter: RateLimiter
  keptAnswers: KeptAnswers
  health(): Promise<any>
  readiness(): Promise<any>
}
