import type { Rule } from '../sources.ts'

const MOST_LINES = 350

export const fileSize: Rule = (sources) =>
  [...sources.values()].flatMap((file) => {
    const lines = file.text.split('\n').length - 1
    if (lines <= MOST_LINES) return []
    return [{ rule: 'file-size', file: file.path, message: `${lines} lines; ${MOST_LINES} at most` }]
  })
