import { AnnexError, type Context, type FetchedFile } from '@annex/sdk'

const API = 'https://api.paperbox.example/v1'

/** What Paperbox knows of a PDF. */
export interface Paper {
  id: string
  title: string
  /** `2026-06-01`. */
  date?: string
}

/** Papers in the order in which they came in, after the one with the id `after`. */
export async function listPapers(
  ctx: Context,
  { after, limit }: { after?: string; limit: number },
): Promise<{ papers: Paper[]; more: boolean }> {
  const query = new URLSearchParams({ limit: String(limit), ...(after !== undefined && { after }) })
  const answer = await ctx.fetch(`${API}/papers?${query}`)
  if (!answer.ok) throw refusal(answer.status)
  return (await answer.json()) as { papers: Paper[]; more: boolean }
}

/** The PDF as a file on the host: its bytes never come in here, so its size costs no memory. */
export async function fetchPdf(ctx: Context, id: string): Promise<FetchedFile> {
  const file = await ctx.fetch(`${API}/papers/${encodeURIComponent(id)}/pdf`, { as: 'file' })
  if (!file.ok) throw refusal(file.status)
  if (!('digest' in file) || !file.type.startsWith('application/pdf'))
    throw new AnnexError('INVALID_ARGUMENT', `Paper ${id} is no PDF`)
  return file
}

function refusal(status: number): AnnexError {
  if (status === 401 || status === 403) return new AnnexError('AUTHENTICATION_FAILED', 'Paperbox refused the API key')
  if (status === 429) return new AnnexError('RATE_LIMIT_EXCEEDED', 'Paperbox asks for a pause')
  return new AnnexError('CONNECTION_FAILED', `Paperbox answered ${status}`)
}
