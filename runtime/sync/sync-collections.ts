import { syncCheckpoints } from './checkpoint.ts'
import { integrations } from './integration.ts'
import { integrationLogs } from './integration-log.ts'
import { syncLinks } from './link.ts'
import { syncQuarantine } from './quarantine.ts'
import { syncRuns } from './run.ts'

/** Everything that integrations and their syncs keep. */
export const syncCollections = [integrations, syncRuns, syncCheckpoints, syncLinks, syncQuarantine, integrationLogs]
