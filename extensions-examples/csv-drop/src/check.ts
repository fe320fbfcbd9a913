import { AnnexError, type CheckStep, type Context } from '@annex/sdk'
import { readHeader } from './csv.ts'
import { listFiles, openFile } from './drop.ts'

/** Lists the files and reads the header of the first one: says which configured columns it lacks. */
export async function check(ctx: Context): Promise<CheckStep[]> {
  const steps: CheckStep[] = []
  try {
    const files = await listFiles(ctx)
    steps.push({ name: 'list', ok: true, message: `${files.length} files lie there` })
    const [first] = files
    if (first !== undefined) steps.push(await headerStep(ctx, first))
  } catch (error) {
    if (!(error instanceof AnnexError)) throw error
    const { code, message } = error
    const suggestion = 'Compare dropHost, listPath, user and password with your drop.'
    steps.push({ name: steps.length === 0 ? 'list' : 'open', ok: false, code, message, suggestion })
  }
  return steps
}

async function headerStep(ctx: Context, name: string): Promise<CheckStep> {
  const { header } = readHeader(await openFile(ctx, name), ctx.config.separator as string | undefined)
  const wanted = ((ctx.config.columns ?? []) as { from: string }[]).map(({ from }) => from)
  const id = ctx.config.idColumn === undefined ? [] : [String(ctx.config.idColumn)]
  const missing = [...wanted, ...id].filter((column) => !header.includes(column))
  if (missing.length === 0) return { name: 'columns', ok: true, message: `${name} has ${header.length} columns` }
  const message = `${name} has no column ${missing.join(', ')}; it has ${header.join(', ')}`
  const suggestion = 'Write the columns as they stand in the file; strange letters mean another encoding.'
  return { name: 'columns', ok: false, code: 'INVALID_ARGUMENT', message: message.slice(0, 1000), suggestion }
}
