import { AnnexError } from '@annex/sdk'
import Papa, { type ParseConfig } from 'papaparse'

// The fast mode tells a place one line too far when it stops early: rows would be lost.
const EXACT: ParseConfig = { fastMode: false }

export interface Header {
  header: string[]
  separator: string
  lineEnd: string
  /** Where in the text the rows begin. */
  end: number
}

/** The first line, and the separator that it is written with. */
export function readHeader(text: string, separator?: string): Header {
  const { data, meta } = Papa.parse<string[]>(text, {
    ...EXACT,
    ...{ preview: 1, delimiter: separator ?? '', skipEmptyLines: 'greedy' },
  })
  const header = (data[0] ?? []).map((column) => column.trim())
  if (header.length === 0) throw new AnnexError('INVALID_ARGUMENT', 'The file is empty')
  const [twice] = header.filter((column, index) => header.indexOf(column) !== index)
  if (twice !== undefined) throw new AnnexError('INVALID_ARGUMENT', `The file has the column ${twice} twice`)
  return { header, separator: separator ?? meta.delimiter, lineEnd: meta.linebreak, end: meta.cursor }
}

export interface Rows {
  /** Cells by column. */
  rows: Record<string, string>[]
  /** Where the next ones begin; at the end of the text there are no more. */
  end: number
}

/** The next `count` rows from `start`. Only so much of the text is parsed, so a large file never takes long at a time. */
export function readRows(text: string, { header, separator, lineEnd }: Header, start: number, count: number): Rows {
  const rest = text.slice(start)
  const { data, meta } = Papa.parse<string[]>(rest, {
    ...EXACT,
    ...{ preview: count, delimiter: separator, newline: lineEnd as '\n' },
  })
  const rows = data
    .filter((cells) => cells.some((cell) => cell.trim() !== ''))
    .map((cells) => Object.fromEntries(header.map((column, index) => [column, (cells[index] ?? '').trim()])))
  return { rows, end: data.length < count ? text.length : start + meta.cursor }
}
