import t from 'tap'
import type { HostCall } from '../../runtime/sandbox/host-call.ts'
import { failureOf, openSandbox, resultOf, runGuest } from '../runtime/sandbox/start-guest.ts'

const ANSWER = {
  ...{ status: 200, statusText: 'OK', url: 'https://a.example/there', body: 'aMOp', encoding: 'base64' as const },
  headers: [
    ['Content-Type', 'text/plain'],
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ] as [string, string][],
}

t.test('what a guest has of the web', async (t) => {
  const sandbox = await openSandbox(t)
  const asked: HostCall[] = []
  const answer = (call: HostCall) => {
    asked.push(call)
    return { ok: true as const, value: ANSWER }
  }
  const run = (body: string) => runGuest(sandbox, `async check(ctx) { ${body} }`, { answer })
  const argumentsOf = async (body: string) => {
    asked.length = 0
    resultOf(await run(body))
    return asked.map(({ args }) => args)
  }

  t.test('sends a Request as it sends an address and options', async (t) => {
    const request = `new Request('https://a.example/x', { method: 'put', body: 'é', headers: { A: '1' } })`
    const expected = {
      ...{ url: 'https://a.example/x', method: 'PUT', body: 'é' },
      headers: [
        ['a', '1'],
        ['content-type', 'text/plain;charset=UTF-8'],
      ],
    }
    t.same(await argumentsOf(`await fetch(${request})`), [expected])
    t.same(await argumentsOf(`await ctx.fetch(${request}, { headers: { B: '2' }, body: null })`), [
      { ...expected, headers: [['b', '2'], expected.headers[1]] },
    ])
  })

  t.test('sends bytes and forms in each of their shapes', async (t) => {
    const bodies = [
      'new Uint8Array([1, 2, 3]).subarray(1)',
      'new Uint8Array([2, 3]).buffer',
      'new DataView(new Uint8Array([2, 3]).buffer)',
    ]
    for (const body of bodies) {
      const [sent] = await argumentsOf(`await fetch('https://a.example/', { method: 'POST', body: ${body} })`)
      t.match(sent, { body: 'AgM=', encoding: 'base64', headers: undefined }, body)
    }
    const [form] = await argumentsOf(
      `await fetch('https://a.example/', { method: 'POST', body: new URLSearchParams({ a: 'é b' }) })`,
    )
    t.match(form, {
      body: 'a=%C3%A9+b',
      headers: [['content-type', 'application/x-www-form-urlencoded;charset=UTF-8']],
    })
  })

  t.test('reads an answer once, and copies of it', async (t) => {
    const result = await run(`
      const response = await fetch('https://a.example/here')
      const copy = response.clone()
      const change = (() => { try { response.headers.set('a', 'b') } catch (error) { return error.name } })()
      const text = await response.text()
      const again = await response.text().catch((error) => error.name)
      return [response.ok, response.url, response.redirected, response.type, response.headers.getSetCookie(), change,
        text, again, [...await copy.bytes()], response instanceof Response]`)
    const url = 'https://a.example/there'
    t.same(resultOf(result), [
      true,
      url,
      true,
      'basic',
      ['a=1', 'b=2'],
      'TypeError',
      'hé',
      'TypeError',
      [104, 195, 169],
      true,
    ])
  })

  t.test('hears no more of a request that it has aborted', async (t) => {
    const result = await run(`
      const before = await fetch('https://a.example/', { signal: AbortSignal.abort('early') }).catch((reason) => reason)
      const controller = new AbortController()
      const request = fetch('https://a.example/', { signal: controller.signal })
      controller.abort()
      const during = await request.catch((reason) => [reason.name, reason.code])
      const none = await fetch('https://a.example/', { signal: {} }).catch((error) => error.name)
      return [before, during, none]`)
    t.same(resultOf(result), ['early', ['AbortError', 20], 'TypeError'])
  })

  t.test('writes whatever it is given to the log, and never throws', async (t) => {
    const result = await run(`
      const cycle = { name: 'loop' }
      cycle.self = cycle
      console.log('%s is %d years and %i, %f%% of %j', 'Ann', 7, 7.9, 1.5, { a: 1 }, 'rest', 10n)
      console.info(cycle, new Map([[1, new Set([2])]]), [10n], Symbol('s'), undefined, () => 1)
      console.warn({ get broken() { throw new Error('no') } }, Object.create(null))
      console.group('group'); console.debug('inside'); console.groupEnd()
      console.assert(1 > 2, 'told'); console.assert(true, 'not told')
      console.count(); console.count(); console.table([{ a: 1 }]); console.dir({ b: 2 })
      console.timeEnd('never begun')`)
    t.same(
      result.logs.map(({ level, message }) => [level, message]),
      [
        ['info', 'Ann is 7 years and 7, 1.5% of {"a":1} rest 10n'],
        ['info', '{"name":"loop","self":"[a cycle]"} [[1,[2]]] ["10n"] Symbol(s) undefined [function without a name]'],
        ['warn', '[a value that cannot be shown] {}'],
        ['info', 'group'],
        ['debug', '  inside'],
        ['error', 'Assertion failed told'],
        ...[1, 2].map((count) => ['info', `default: ${count}`]),
        ['info', '[{"a":1}]'],
        ['info', '{"b":2}'],
        ['warn', 'There is no timer never begun'],
      ],
    )
  })

  t.test('says of an error in a listener that nobody handles it', async (t) => {
    const result = await run(`
      const target = new EventTarget()
      target.addEventListener('x', () => { throw new Error('in a listener') })
      target.dispatchEvent(new Event('x'))
      return 'went on'`)
    t.equal(resultOf(result), 'went on')
    t.match(result.logs, [{ level: 'warn', message: /^Unhandled: in a listener/ }])
  })

  t.test('refuses what is too long with an error of its own', async (t) => {
    const named = (body: string) =>
      run(`try { return ${body} } catch (error) { return error.name + ': ' + error.message }`)
    t.equal(
      resultOf(await named(`String(new URL('https://a.example/' + 'x'.repeat(70_000)))`)),
      'TypeError: Invalid URL',
    )
    t.match(
      resultOf(await named(`(new URL('https://a.example/').search = 'x'.repeat(70_000))`)),
      /^TypeError: Invalid URL/,
    )
    t.match(
      resultOf(await named(`new TextEncoder().encode('x'.repeat(17_000_000)).length`)),
      /^RangeError: The text is too long/,
    )
    t.equal(resultOf(await named(`new TextEncoder().encode('é'.repeat(1_000_000)).length`)), 2_000_000)
    t.match(
      resultOf(await named(`new URLSearchParams('a&'.repeat(3_000_000)).size`)),
      /^RangeError: The query is too long/,
    )
    t.equal(resultOf(await named(`String(new URLSearchParams({ a: 'é'.repeat(100_000) })).length`)), 600_002)
  })

  t.test('copies a graph that is deep, and says so when it is too deep', async (t) => {
    const result = await run(`
      const nest = (depth) => { let value = {}; for (let i = 0; i < depth; i++) value = { value }; return value }
      structuredClone(nest(500))
      structuredClone(nest(200_000))`)
    t.equal(failureOf(result).code, 'RangeError')
  })

  t.test('is stopped in a loop of work that Node does for it', async (t) => {
    const setUp = `const bytes = new Uint8Array(4e6), text = 'é'.repeat(3e6), pairs = 'a&'.repeat(4e5)
      const host = 'https://' + 'é.'.repeat(15_000) + 'example/'`
    const works = [
      `await crypto.subtle.digest('SHA-512', bytes)`,
      `new TextDecoder().decode(bytes)`,
      `new TextDecoder('gb18030').decode(bytes)`,
      `new TextEncoder().encode(text)`,
      `new URLSearchParams(pairs)`,
      `URL.canParse(host)`,
    ]
    for (const work of works) {
      const result = await run(`${setUp}; for (;;) { ${work} }`)
      t.match(failureOf(result).class, /^(CPU|MEMORY)$/, work)
    }
    t.equal(resultOf(await run(`return 'others go on'`)), 'others go on')
  })
})
