/** What a person must read of a file's output: everything but the blocks of tests that passed. */
export function failingPart(output: string): string {
  const kept: string[] = []
  let block: string[] = []
  let inDiagnostic = false
  for (const line of output.split('\n')) {
    if (inDiagnostic) {
      kept.push(line)
      inDiagnostic = line !== '  ...'
      continue
    }
    block.push(line)
    if (!/^(not )?ok\b/.test(line)) continue
    if (line.startsWith('not ')) kept.push(...block)
    inDiagnostic = line.startsWith('not ')
    block = []
  }
  return [...kept, ...block].join('\n').trim()
}
