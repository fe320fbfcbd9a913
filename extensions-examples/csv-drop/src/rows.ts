import type { Context, Json, JsonObject, Stream, StreamPage } from '@annex/sdk'
import { readHeader, readRows } from './csv.ts'
import { listFiles, openFile } from './drop.ts'
import { recordOf } from './record-of.ts'

/** Where the reading stands: all files up to and with `done`, and of the next one what is before `at`. */
interface Checkpoint {
  done?: string
  file?: {
    name: string
    /** Characters of the text; when they are not the same any more, the file is read from its beginning. */
    length: number
    at: number
    /** Rows that were read. */
    row: number
  }
}

/** Rows of all files, in the order of the files' names. A file that was read to its end is not read again. */
export const rows: Stream = {
  schema: {
    type: 'object',
    properties: {
      id: { type: 'string', minLength: 1, maxLength: 500 },
      file: { type: 'string' },
      row: { type: 'integer', minimum: 1 },
    },
    required: ['id', 'file', 'row'],
  },
  primaryKey: ['id'],
  async *read(ctx: Context, { checkpoint }: { checkpoint: Json; upperBound: string }) {
    const place = (checkpoint ?? {}) as Checkpoint
    const { done = '' } = place
    const names = (await listFiles(ctx)).filter((name) => name > done)
    for (const name of names) yield* readFile(ctx, name, place)
  },
}

async function* readFile(ctx: Context, name: string, { done, file }: Checkpoint): AsyncGenerator<StreamPage> {
  const text = await openFile(ctx, name)
  const header = readHeader(text, ctx.config.separator as string | undefined)
  const goesOn = file?.name === name && file.length === text.length
  let [at, row] = goesOn ? [file.at, file.row] : [header.end, 0]
  do {
    const page = readRows(text, header, at, Number(ctx.config.pageSize ?? 200))
    const records: JsonObject[] = page.rows.map((cells, index) =>
      recordOf(ctx, cells, { file: name, row: row + index + 1 }),
    )
    at = page.end
    row += page.rows.length
    const within = { ...(done !== undefined && { done }), file: { name, length: text.length, at, row } }
    yield { records, checkpoint: at < text.length ? within : { done: name } }
  } while (at < text.length)
}
