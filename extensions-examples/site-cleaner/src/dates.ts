/** Whether `value` is a day that exists, as `YYYY-MM-DD`: 30 February is well formed and still none. */
export function isRealDate(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false
  const date = new Date(`${value}T00:00:00Z`)
  // An impossible day rolls over into the next month, so it comes back as another text.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value)
}
