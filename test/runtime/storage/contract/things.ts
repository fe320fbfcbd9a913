import { randomBytes } from 'node:crypto'
import type { Json } from '@annex/sdk/json'
import type { Test } from 'tap'
import type { Clock } from '../../../../runtime/clock.ts'
import { type Collection, collection, type Store, type Stored } from '../../../../runtime/storage/port.ts'

export interface Thing extends Stored {
  email?: string
  shop?: string
  number?: number
  token?: string
  group?: string
  rank?: number
  title?: string
  state?: string
  claim?: { until?: string; by?: string }
  count?: number
  flag?: boolean
  data?: Json
}

export const things = collection<Thing>({
  name: 'things',
  scope: 'organization',
  indexes: {
    email: { fields: ['email'], unique: true },
    'shop-number': { fields: ['shop', 'number'], unique: true },
    token: { fields: ['token'], unique: true, global: true },
    group: { fields: ['group', 'rank', 'title'] },
    claim: { fields: ['state', 'claim.until'] },
    due: { fields: ['state', 'rank'], global: true },
    flag: { fields: ['flag'] },
  },
})

export interface Setting extends Stored {
  key?: string
  value?: Json
  count?: number
}

export const settings = collection<Setting>({
  name: 'settings',
  scope: 'system',
  indexes: { key: { fields: ['key'], unique: true } },
})

export const contractCollections: readonly Collection<Stored>[] = [things, settings]

/** Opens a store with `contractCollections`, closed and gone when `t` ends. */
export type OpenStore = (t: Pick<Test, 'teardown'>, options?: { clock?: Clock }) => Promise<Store>

export interface ContractPart {
  t: Test
  store: Store
}

/** An organization of its own for each test, so that tests can share a store. */
export const newOrganization = (): string => `org_${randomBytes(6).toString('hex')}`

/** What the port throws when its caller broke a rule, and when a unique value is taken. */
export const refused = { code: 'STORAGE_ERROR' }
export const conflict = (index: string) => ({ code: 'STORAGE_CONFLICT', index })
