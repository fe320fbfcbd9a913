/** One line of hours as the API stores it. */
export interface CostructorHours {
  id: string
  /** The caller's own id of the line: posting it again replaces the line, it never makes a second one. */
  externalRef: string
  worker: string
  site?: string
  day: string
  minutes: number
  comment?: string
}

export type HoursAnswer = { status: number; body: unknown }

/** Keeps the posted hours, one line for each `externalRef`, and the answers already given for each Idempotency-Key. */
export class HoursBook {
  readonly #lines = new Map<string, CostructorHours>()
  readonly #answers = new Map<string, HoursAnswer>()
  #last = 0

  get lines(): CostructorHours[] {
    return [...this.#lines.values()]
  }

  post(body: unknown, idempotencyKey: string | undefined): HoursAnswer {
    const earlier = idempotencyKey === undefined ? undefined : this.#answers.get(idempotencyKey)
    if (earlier) return earlier
    const answer = this.#store(body)
    if (idempotencyKey !== undefined) this.#answers.set(idempotencyKey, answer)
    return answer
  }

  remove(externalRef: string): HoursAnswer {
    if (this.#lines.delete(externalRef)) return { status: 204, body: undefined }
    return {
      status: 404,
      body: { error: 'unknown_hours', message: `There are no hours with reference ${externalRef}` },
    }
  }

  #store(body: unknown): HoursAnswer {
    const line = parseHours(body)
    if (typeof line === 'string') return { status: 422, body: { error: 'invalid_hours', message: line } }
    const known = this.#lines.get(line.externalRef)
    const stored = { ...line, id: known?.id ?? `H-${String(++this.#last).padStart(6, '0')}` }
    this.#lines.set(line.externalRef, stored)
    return { status: known ? 200 : 201, body: stored }
  }
}

function parseHours(body: unknown): Omit<CostructorHours, 'id'> | string {
  if (typeof body !== 'object' || body === null) return 'The body must be a JSON object'
  const { externalRef, worker, site, day, minutes, comment } = body as Record<string, unknown>
  if (typeof externalRef !== 'string' || externalRef === '') return 'externalRef is missing'
  if (typeof worker !== 'string' || worker === '') return 'worker is missing'
  if (typeof day !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return 'day must be a date'
  if (typeof minutes !== 'number' || !Number.isInteger(minutes) || minutes <= 0 || minutes > 1440)
    return 'minutes must be a whole number from 1 to 1440'
  return {
    externalRef,
    worker,
    day,
    minutes,
    ...(typeof site === 'string' && { site }),
    ...(typeof comment === 'string' && { comment }),
  }
}
