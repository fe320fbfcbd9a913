/**
 * A Markdown text with what is code in it blanked out, line by line and at the same places: fenced blocks and code spans
 * (CommonMark 4.5 and 6.1). Indented blocks stay: whether a line is one depends on the list around it.
 */
export function maskCode(text: string): string {
  const out: string[] = []
  let paragraph: string[] = []
  let fence: string | undefined
  const flush = () => {
    if (paragraph.length > 0) out.push(maskSpans(paragraph.join('\n')))
    paragraph = []
  }
  for (const line of text.split('\n')) {
    const marker = /^[ >]{0,12}(?:[-*+] {1,4}|\d{1,9}[.)] {1,4})?(`{3,}(?=[^`]*$)|~{3,})/.exec(line)?.[1]
    if (fence !== undefined) {
      if (marker?.startsWith(fence) && line.trimEnd().endsWith(marker)) fence = undefined
      out.push(blank(line))
    } else if (marker !== undefined) {
      flush()
      fence = marker
      out.push(blank(line))
    } else if (line.trim() === '') {
      flush()
      out.push(line)
    } else paragraph.push(line)
  }
  flush()
  return out.join('\n')
}

/** A span ends with the next run of as many backticks as it began with, in its own paragraph. */
function maskSpans(paragraph: string): string {
  const runs = Array.from(paragraph.matchAll(/`+/g), ({ index, 0: run }) => ({ index, length: run.length }))
  const waiting = new Map<number, number[]>()
  for (const { index, length } of runs.toReversed()) {
    const same = waiting.get(length)
    if (same) same.push(index)
    else waiting.set(length, [index])
  }
  let out = ''
  let at = 0
  for (const { index, length } of runs) {
    const same = waiting.get(length) ?? []
    same.pop()
    const end = same.at(-1)
    if (index < at || end === undefined || isEscaped(paragraph, index)) continue
    out += paragraph.slice(at, index) + blank(paragraph.slice(index, end + length))
    at = end + length
  }
  return out + paragraph.slice(at)
}

function isEscaped(text: string, index: number): boolean {
  return text[index - 1] === '\\' && text[index - 2] !== '\\'
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ')
}
