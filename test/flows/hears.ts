import { eventually } from '../faults/eventually.ts'
import type { Person } from '../marketplace/gateway/build-app.ts'

/** One notification, as its person reads it. */
export interface Told {
  id: string
  event: string
  subject: string
  text: string
  facts: Record<string, string>
  unread: boolean
}

const WITHIN_MS = 30_000

/** All that a person was told, oldest first. */
export async function toldTo(person: Pick<Person, 'call'>): Promise<Told[]> {
  const { data } = (await person.call('GET', '/api/notifications?limit=100')).body as { data: Told[] }
  return data.toReversed()
}

/** The notifications of one kind, once there are so many of it. */
export function hears(person: Pick<Person, 'call'>, event: string, times = 1): Promise<[Told, ...Told[]]> {
  const ask = async () => {
    const told = (await toldTo(person)).filter((each) => each.event === event)
    const [first, ...rest] = told
    return first && told.length >= times ? ([first, ...rest] satisfies [Told, ...Told[]]) : undefined
  }
  return eventually(`${event} is told`, ask, { withinMs: WITHIN_MS })
}
