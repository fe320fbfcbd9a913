import { escapeHtml } from './escape-html.ts'

const STYLE = `body{font:16px/1.55 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;overflow-wrap:break-word}
h1,h2,h3{line-height:1.25}img{max-width:100%}a{color:#0b57d0}
code,pre{font:14px/1.45 ui-monospace,monospace;background:#f4f4f2;border-radius:4px}
code{padding:.1em .3em}pre{padding:.75rem 1rem;overflow-x:auto}pre code{padding:0;background:none}
table{border-collapse:collapse;display:block;overflow-x:auto}
th,td{border:1px solid #d0d0cc;padding:.35rem .75rem;text-align:left;vertical-align:top}
blockquote{margin:1rem 0;padding-left:1rem;border-left:4px solid #d0d0cc;color:#555}
@media(prefers-color-scheme:dark){body{background:#1b1b1a;color:#e6e6e2}a{color:#8ab4f8}code,pre{background:#2a2a28}
th,td,blockquote{border-color:#444}blockquote{color:#aaa}}`

/** A whole document around safe HTML of a package. `title` is plain text. */
export function packagePage(title: string, html: Uint8Array): Buffer {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>`
  return Buffer.concat([
    Buffer.from(`<!doctype html>\n<html><head>${head}<style>${STYLE}</style></head>\n<body>\n`),
    html,
    Buffer.from('\n</body></html>\n'),
  ])
}
