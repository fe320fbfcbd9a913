import { attempt, type Table } from './table.ts'

const seenOf = (reason: unknown) => (reason instanceof Error ? [reason.name, (reason as DOMException).code] : reason)

/** What signals, events and their like do, each as a small program. */
const PROGRAMS: Record<string, () => unknown> = {
  'aborts once with its reason'() {
    const controller = new AbortController()
    const seen: unknown[] = []
    controller.signal.addEventListener('abort', (event) => seen.push(event.type, event.target === controller.signal))
    controller.abort('why')
    controller.abort('again')
    return [seen, controller.signal.aborted, controller.signal.reason]
  },
  'has a reason of its own'() {
    const controller = new AbortController()
    controller.abort()
    const { reason } = controller.signal
    return [seenOf(reason), reason instanceof DOMException, attempt(() => controller.signal.throwIfAborted())]
  },
  'calls onabort and listeners in order'() {
    const { signal, ...controller } = withSignal()
    const seen: string[] = []
    signal.addEventListener('abort', () => seen.push('first'))
    signal.onabort = () => seen.push('property')
    signal.addEventListener('abort', () => seen.push('second'), { once: true })
    controller.abort()
    signal.dispatchEvent(new Event('abort'))
    return seen
  },
  'forgets listeners'() {
    const { signal, abort } = withSignal()
    const seen: string[] = []
    const listener = () => seen.push('called')
    signal.addEventListener('abort', listener)
    signal.addEventListener('abort', listener)
    signal.addEventListener('abort', { handleEvent: () => seen.push('object') } as unknown as EventListener)
    signal.removeEventListener('abort', listener)
    abort()
    return seen
  },
  'static abort': () => [
    AbortSignal.abort(5).reason,
    seenOf(AbortSignal.abort().reason),
    AbortSignal.abort(null).reason,
  ],
  'any of none': () => AbortSignal.any([]).aborted,
  'any of one that is aborted': () => AbortSignal.any([new AbortController().signal, AbortSignal.abort('x')]).reason,
  'any follows'() {
    const { signal, abort } = withSignal()
    const all = AbortSignal.any([signal, new AbortController().signal])
    const nested = AbortSignal.any([all])
    const seen: unknown[] = []
    nested.addEventListener('abort', () => seen.push('nested', signal.aborted))
    abort('why')
    return [all.aborted, all.reason, nested.aborted, seen]
  },
  'any of what is no signal': () => AbortSignal.any([{}] as AbortSignal[]),
  'any of nothing': () => (AbortSignal.any as unknown as () => unknown)(),
  'timeout without a number': () => (AbortSignal.timeout as unknown as () => unknown)(),
  'a negative timeout': () => AbortSignal.timeout(-1),
  'a timeout fires': async () => {
    const signal = AbortSignal.timeout(5)
    const before = signal.aborted
    // In Node such a signal alone keeps no program alive.
    const kept = setTimeout(() => {}, 5_000)
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    clearTimeout(kept)
    return [before, signal.aborted, seenOf(signal.reason)]
  },
  'made by hand': () => new (AbortSignal as unknown as new () => unknown)(),
  'called as a function': () => (AbortController as unknown as () => unknown)(),
  'an abort of another object': () => attempt(() => AbortController.prototype.abort.call({} as AbortController)),
  'an event with options'() {
    const event = new Event('x', { cancelable: true })
    const target = new EventTarget()
    target.addEventListener('x', (given) => given.preventDefault())
    return [target.dispatchEvent(event), event.defaultPrevented, event.type, event.cancelable]
  },
  'an event without a type': () => new (Event as unknown as new () => unknown)(),
  'a dispatch of no event': () => new EventTarget().dispatchEvent({} as Event),
  'stops at once'() {
    const target = new EventTarget()
    const seen: string[] = []
    target.addEventListener('x', (event) => {
      seen.push('first')
      event.stopImmediatePropagation()
    })
    target.addEventListener('x', () => seen.push('second'))
    target.dispatchEvent(new Event('x'))
    return seen
  },
  'a listener with a signal'() {
    const { signal, abort } = withSignal()
    const target = new EventTarget()
    let calls = 0
    target.addEventListener('x', () => calls++, { signal })
    target.dispatchEvent(new Event('x'))
    abort()
    target.dispatchEvent(new Event('x'))
    return calls
  },
  exceptions() {
    const plain = new DOMException()
    const named = new DOMException('m', 'NotFoundError')
    return [plain, named]
      .map(({ name, message, code }) => [name, message, code])
      .concat([[named instanceof Error, String(named)] as never])
  },
  'an exception with a cause': () => new DOMException('m', { name: 'AbortError', cause: 5 } as never).cause,
  tags: () =>
    [
      new URL('a:b'),
      new URLSearchParams(),
      new Headers(),
      new Response(),
      new AbortController(),
      new TextEncoder(),
      crypto,
    ]
      .map(String)
      .slice(2),
  'timers without a function': () => [
    attempt(() => setTimeout('x' as never)),
    attempt(() => setInterval(null as never)),
  ],
  'microtasks without a function': () => queueMicrotask(5 as never),
  'order of microtasks and timers': async () => {
    const seen: string[] = []
    const done = new Promise<void>((resolve) =>
      setTimeout((...values: unknown[]) => resolve(void seen.push(`timer ${values}`)), 1, 'a', 'b'),
    )
    queueMicrotask(() => seen.push('microtask'))
    seen.push('now')
    await done
    return seen
  },
  'an interval until it is cleared': async () => {
    let rounds = 0
    await new Promise<void>((resolve) => {
      const id = setInterval(() => {
        if (++rounds < 3) return
        clearInterval(id)
        resolve()
      }, 1)
    })
    await new Promise((resolve) => setTimeout(resolve, 10))
    return rounds
  },
  'a timer that is cleared': async () => {
    let fired = false
    const id = setTimeout(() => {
      fired = true
    }, 1)
    clearTimeout(id)
    clearTimeout(undefined)
    clearTimeout('nonsense')
    await new Promise((resolve) => setTimeout(resolve, 10))
    return fired
  },
  'random values': () => [
    crypto.getRandomValues(new Uint8Array(4)).length,
    crypto.getRandomValues(new Uint32Array(2)).some((value) => value > 255),
    attempt(() => crypto.getRandomValues(new Float32Array(1) as never)),
    attempt(() => crypto.getRandomValues([] as never)),
    attempt(() => crypto.getRandomValues(new Uint8Array(65_537))),
    crypto.getRandomValues(new Uint8Array(65_536)).length,
    /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(crypto.randomUUID()),
  ],
  'a key that is generated': async () => {
    const key = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-384' }, true, ['verify', 'sign'])
    const raw = await crypto.subtle.exportKey('raw', key)
    return [key.type, key.algorithm, key.usages, raw.byteLength]
  },
  intl: () => [
    new Intl.NumberFormat('fr-FR', { style: 'currency', currency: 'EUR' }).format(1234.5),
    new Intl.DateTimeFormat('de-DE', { dateStyle: 'full', timeZone: 'Europe/Berlin' }).format(new Date(0)),
    new Intl.PluralRules('ar').select(3),
    ['ä', 'z', 'a'].sort(new Intl.Collator('de').compare),
    [...new Intl.Segmenter('fr', { granularity: 'word' }).segment("l'été")].length,
    (1e6).toLocaleString('en-IN'),
  ],
}

const USUAL = Object.keys(PROGRAMS).slice(0, 8)

export const signalTable: Table<string> = {
  answer: (name) => PROGRAMS[name]?.(),
  usual: USUAL,
  odd: Object.keys(PROGRAMS).filter((name) => !USUAL.includes(name)),
}

function withSignal(): { signal: AbortSignal; abort(reason?: unknown): void } {
  const controller = new AbortController()
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) }
}
