import { defineConnector } from '@annex/sdk'
import { check } from './check.ts'
import { listEndpoints } from './list-endpoints.ts'
import { records } from './records.ts'

export default defineConnector({ check, streams: { records }, actions: { listEndpoints } })
