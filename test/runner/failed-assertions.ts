/**
 * Titles of the assertions that failed in a file's TAP. An error that was thrown, a test that came to its time limit and
 * a block that failed for what is in it are none: a file that only breaks has found nothing.
 */
export function failedAssertions(tap: string): string[] {
  const failed: string[] = []
  const lines = tap.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const [, indent, title] = /^( *)not ok \d+ - (.*)$/.exec(lines[at] ?? '') ?? []
    if (indent === undefined || title === undefined || lines[at + 1] !== `${indent}  ---`) continue
    const end = lines.indexOf(`${indent}  ...`, at)
    const keys = lines.slice(at + 2, end < 0 ? undefined : end).filter((line) => line.startsWith(`${indent}  `))
    const has = (key: string) => keys.some((line) => line.startsWith(`${indent}  ${key}`))
    const isAsserted = has('at:') && (!has('tapCaught:') || has('type: AssertionError'))
    if (isAsserted && !/ # time=/.test(title)) failed.push(title)
    if (end >= 0) at = end
  }
  return failed
}
