import { defineConnector } from '@annex/sdk'
import { check } from './check.ts'
import { rows } from './rows.ts'

export default defineConnector({ check, streams: { rows } })
