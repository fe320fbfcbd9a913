import { collection, type Stored } from '../../runtime/storage/port.ts'

/** Half of a pair that is only ever written whole. */
export interface Half extends Stored {
  pair: number
}

export const halves = collection<Half>({
  name: 'halves',
  scope: 'organization',
  indexes: { pair: { fields: ['pair'] } },
})
