import { defineConnector } from '@annex/sdk'
import { check } from './check.ts'
import { sites } from './sites.ts'
import { timesheets } from './timesheets.ts'

export default defineConnector({ check, streams: { sites, timesheets } })
