import { AnnexError, type Context, type FetchResponse } from '@annex/sdk'

/** The files of the drop by name, in the order in which they are read; only those that end in `.csv`. */
export async function listFiles(ctx: Context): Promise<string[]> {
  const { dropHost, listPath } = ctx.config
  if (!dropHost || !listPath) throw new AnnexError('INVALID_ARGUMENT', 'dropHost and listPath are not configured yet')
  const listed = await (await get(ctx, String(listPath))).json()
  if (!Array.isArray(listed)) throw new AnnexError('INVALID_ARGUMENT', `${listPath} is no list of files`)
  const names = listed.map((entry) => (typeof entry === 'string' ? entry : String(entry?.name)))
  return [...new Set(names.filter((name) => /\.csv$/i.test(name)))].sort()
}

/** The text of a file: decoded as configured, without its byte order mark. */
export async function openFile(ctx: Context, name: string): Promise<string> {
  const folder = String(ctx.config.listPath)
    .replace(/[?].*$/, '')
    .replace(/[^/]*$/, '')
  const path = name.split('/').map(encodeURIComponent).join('/')
  const bytes = await (await get(ctx, `${folder}${path}`)).bytes()
  return new TextDecoder(encodingOf(bytes, String(ctx.config.encoding ?? 'utf-8'))).decode(bytes)
}

/** A byte order mark knows better than a setting. */
function encodingOf([first, second, third]: Uint8Array, configured: string): string {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  return first === 0xff && second === 0xfe ? 'utf-16le' : configured
}

async function get(ctx: Context, path: string): Promise<FetchResponse> {
  const answer = await ctx.fetch(`https://${ctx.config.dropHost}${path}`)
  if (answer.ok) return answer
  const { status } = answer
  if (status === 401 || status === 403) throw new AnnexError('AUTHENTICATION_FAILED', 'The drop refused the password')
  if (status === 404) throw new AnnexError('NOT_FOUND', `The drop has no ${path}`)
  throw new AnnexError('CONNECTION_FAILED', `The drop answered ${status}`)
}
