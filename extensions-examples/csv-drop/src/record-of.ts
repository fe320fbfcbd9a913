import type { Context, JsonObject } from '@annex/sdk'

interface Column {
  from: string
  to: string
  type?: 'text' | 'decimal' | 'date'
  decimalMark?: '.' | ','
  dateOrder?: 'ymd' | 'dmy' | 'mdy'
}

/**
 * The record of one row. A cell that is not what its column says stays as it is written: the check of the record then sets
 * this row aside with its text, and not the whole file. An empty cell is no field.
 */
export function recordOf(
  ctx: Context,
  cells: Record<string, string>,
  place: { file: string; row: number },
): JsonObject {
  const { idColumn } = ctx.config
  const id = idColumn === undefined ? `${place.file}#${place.row}` : (cells[String(idColumn)] ?? '')
  const columns = (ctx.config.columns as Column[] | undefined) ?? Object.keys(cells).map(asText)
  const fields = columns.flatMap((column): [string, string][] => {
    const cell = cells[column.from] ?? ''
    return cell === '' ? [] : [[column.to, cellValue(cell, column)]]
  })
  return { ...Object.fromEntries(fields), id, ...place }
}

function asText(from: string): Column {
  return { from, to: from }
}

function cellValue(cell: string, { type, decimalMark = '.', dateOrder = 'ymd' }: Column): string {
  if (type === 'decimal') return decimalOf(cell, decimalMark)
  return type === 'date' ? dateOf(cell, dateOrder) : cell
}

/** `1 234,50 €` with the mark `,` is `1234.50`. */
function decimalOf(cell: string, mark: '.' | ','): string {
  const bare = cell.replace(/[\s€$£%']/g, '').replaceAll(mark === ',' ? '.' : ',', '')
  const number = bare.replace(mark, '.')
  return /^[+-]?\d+(\.\d+)?$/.test(number) ? number.replace('+', '') : cell
}

/** `31/12/2026` in the order `dmy` is `2026-12-31`. */
function dateOf(cell: string, order: 'ymd' | 'dmy' | 'mdy'): string {
  const parts = /^(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})$/.exec(cell)?.slice(1)
  if (!parts) return cell
  const [year = '', month = '', day = ''] = ['y', 'm', 'd'].map((part) => parts[order.indexOf(part)])
  const date = `${year.length === 2 ? `20${year}` : year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  // What is no day of the calendar comes back as another one.
  const time = Date.parse(`${date}T00:00:00Z`)
  return Number.isNaN(time) || !new Date(time).toISOString().startsWith(date) ? cell : date
}
