import { SERVICE_ERRORS } from '../errors.ts'
import { escapeHtml } from './escape-html.ts'

interface Operation {
  summary?: string
  tags?: string[]
  security?: Record<string, string[]>[]
}

/** What the page reads of an OpenAPI document. */
export interface DescribedApi {
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
}

/** One plain page of all operations and error codes; no script, nothing from elsewhere. */
export function docsPage({ info, paths }: DescribedApi): string {
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  const groups = Map.groupBy(rows, ({ operation }) => operation.tags?.[0] ?? 'other')
  const sections = [...groups].map(([tag, entries]) => section(tag, entries.map(operationRow)))
  const codes = Object.entries(SERVICE_ERRORS).map(
    ([code, { kind, retryable, meaning }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${kind}${retryable ? ', retryable' : ''}</td><td>${escapeHtml(meaning)}</td></tr>`,
  )
  const title = escapeHtml(`${info.title} API ${info.version}`)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${STYLE}</style></head>
<body><h1>${title}</h1>
<p>The whole description is <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1).</p>
${sections.join('\n')}
${section('Error codes', codes)}
</body></html>`
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
table{border-collapse:collapse;width:100%;table-layout:fixed}td{border-top:1px solid #ccc;padding:.35rem .75rem .35rem 0;vertical-align:top}
td:first-child{width:26rem;overflow-wrap:anywhere}td:nth-child(2){width:8rem}code{font:14px ui-monospace,monospace}tr:target{background:#fff3bf}`

function section(title: string, rows: readonly string[]): string {
  return `<section><h2>${escapeHtml(title)}</h2><table>${rows.join('')}</table></section>`
}

function operationRow({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  const access = accessOf(operation.security)
  return `<tr><td><code>${method} ${escapeHtml(path)}</code></td><td>${access}</td><td>${escapeHtml(operation.summary ?? '')}</td></tr>`
}

function accessOf(security: Operation['security']): string {
  if (!security || security.length === 0) return 'open'
  return security.some((scheme) => 'apiKey' in scheme) ? 'session or key' : 'session'
}
