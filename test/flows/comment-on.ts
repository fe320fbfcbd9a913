import { eventually } from '../faults/eventually.ts'
import type { Person } from '../marketplace/gateway/build-app.ts'

/** Enters hours, and answers what an extension has written on them once it has run. */
export async function commentOn(person: Person, minutes: number): Promise<string> {
  const id = await enterHours(person, minutes)
  const comment = async () =>
    ((await person.call('GET', `/api/v1/timesheets/${id}`)).body as { comment?: string }).comment
  return eventually(`${id} has a comment`, comment, { withinMs: 30_000 })
}

/** The id of the new timesheet. */
export async function enterHours(person: Person, minutes: number): Promise<string> {
  const hours = { workerId: 'w-1', day: '2026-11-20', minutes, status: 'DRAFT' }
  return (await person.call('POST', '/api/v1/timesheets', hours)).text('id')
}
