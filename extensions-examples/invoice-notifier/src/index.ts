import { defineConnector } from '@annex/sdk'
import { announce } from './announce.ts'
import { check } from './check.ts'

export default defineConnector({ check, streams: {}, on: { INVOICE_ISSUED: announce } })
