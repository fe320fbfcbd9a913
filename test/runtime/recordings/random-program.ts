/** Small hostless programs out of a grammar: calls, concurrency, dates, randomness, timers, errors. */

/** A generator of numbers in [0, 1) that a seed repeats (mulberry32), so that a failure can be had again. */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The members of a definition with the handlers `check` and `streams.s.read`. */
export function randomProgram(next: () => number): string {
  const body = block(next, 3)
  const page = block(next, 2)
  return `
    async check(ctx) { const out = []; ${body}; return out },
    streams: { s: { async *read(ctx) { const out = []
      for (let page = 0; page < 3; page++) { ${page}; yield [page, out.splice(0)] } } } }`
}

function block(next: () => number, depth: number): string {
  const lines: string[] = []
  for (let count = 1 + Math.floor(next() * 4); count > 0; count--) lines.push(statement(next, depth))
  return lines.join('\n')
}

function statement(next: () => number, depth: number): string {
  const pick = Math.floor(next() * (depth > 0 ? 13 : 9))
  const key = Math.floor(next() * 5)
  switch (pick) {
    case 0:
      return 'out.push(Date.now(), new Date().toISOString())'
    case 1:
      return 'out.push(Math.random(), crypto.randomUUID())'
    case 2:
      return 'out.push(...crypto.getRandomValues(new Uint8Array(3)))'
    case 3:
      return `out.push(await ctx.kv.get('k${key}').catch((e) => e.code))`
    case 4:
      return `out.push(await ctx.kv.set('k${key}', Math.random()).catch((e) => [e.code, e.message]))`
    case 5:
      return `await new Promise((done) => setTimeout(done, ${key}))`
    case 6:
      return `ctx.log.info('at ' + Date.now(), { n: Math.random() })`
    case 7:
      return `setTimeout(() => out.push('late', Date.now()), ${key})`
    case 8:
      return next() < 0.3
        ? `if (Math.random() < 0.3) throw new Error('broke at ' + Date.now())`
        : 'out.push(ctx.limits.hostCalls.used)'
    case 9:
    case 10:
      return `out.push(await Promise.all([${key}, 1, 2].map(async (n) => { const out = []; ${block(next, depth - 1)}; return out })))`
    case 11:
      return `out.push(await Promise.race([ctx.kv.get('a'), ctx.kv.get('b')]).catch((e) => e.code))`
    default:
      return `for (let i = 0; i < 2; i++) { ${block(next, depth - 1)} }`
  }
}
