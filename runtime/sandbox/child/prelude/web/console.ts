import { logger } from '../context.ts'

type Level = 'debug' | 'info' | 'warn' | 'error'

/** Writes to the run's log. What a terminal would show with indents and tables comes out as plain lines. */
export function createConsole(): object {
  const write = { debug: logger('debug'), info: logger('info'), warn: logger('warn'), error: logger('error') }
  const counts = new Map<string, number>()
  const times = new Map<string, number>()
  let indent = ''
  const say = (level: Level, values: unknown[]) => write[level](indent + formatted(values))
  const at =
    (level: Level) =>
    (...values: unknown[]) =>
      say(level, values)
  const since = (label: unknown, more: unknown[]) => {
    const from = times.get(`${label}`)
    if (from === undefined) return say('warn', [`There is no timer ${label}`])
    say('info', [`${label}: ${Date.now() - from} ms`, ...more])
  }
  return {
    ...{ debug: at('debug'), log: at('info'), info: at('info'), warn: at('warn'), error: at('error') },
    ...{
      dir: (value: unknown) => say('info', [value]),
      dirxml: at('info'),
      table: (value: unknown) => say('info', [value]),
    },
    trace: (...values: unknown[]) => say('debug', ['Trace:', ...values, new Error().stack?.replace(/^.*\n?/, '\n')]),
    assert(condition: unknown, ...values: unknown[]) {
      if (!condition) say('error', ['Assertion failed', ...values])
    },
    count(label: unknown = 'default') {
      const count = (counts.get(`${label}`) ?? 0) + 1
      counts.set(`${label}`, count)
      say('info', [`${label}: ${count}`])
    },
    countReset: (label: unknown = 'default') => void counts.delete(`${label}`),
    time: (label: unknown = 'default') => void times.set(`${label}`, Date.now()),
    timeLog: (label: unknown = 'default', ...values: unknown[]) => since(label, values),
    timeEnd(label: unknown = 'default') {
      since(label, [])
      times.delete(`${label}`)
    },
    group(...values: unknown[]) {
      if (values.length > 0) say('info', values)
      indent = `${indent}  `.slice(0, 40)
    },
    groupCollapsed(...values: unknown[]) {
      ;(this as { group(...values: unknown[]): void }).group(...values)
    },
    groupEnd() {
      indent = indent.slice(2)
    },
    clear() {},
  }
}

/** `%s` and its like in a first text take the values that follow (Console standard, "formatter"). */
function formatted(values: unknown[]): string {
  const rest = [...values]
  const first = rest[0]
  if (typeof first !== 'string') return rest.map(shown).join(' ')
  rest.shift()
  const text = first.replace(/%[sdifjoOc%]/g, (mark) => {
    if (mark === '%%') return '%'
    if (rest.length === 0) return mark
    const value = rest.shift()
    if (mark === '%c') return ''
    if (mark === '%s') return typeof value === 'symbol' ? String(value) : shown(value)
    if (mark === '%d') return String(typeof value === 'object' ? Number.NaN : Number(value))
    if (mark === '%i') return String(Number.parseInt(shown(value), 10))
    return mark === '%f' ? String(Number.parseFloat(shown(value))) : shown(value)
  })
  return [text, ...rest.map(shown)].join(' ')
}

/** Never throws: a line of a log is no reason for a run to fail. */
function shown(value: unknown): string {
  try {
    if (typeof value === 'string') return value
    if (value instanceof Error) return value.stack ?? String(value)
    if (typeof value === 'function') return `[function ${value.name || 'without a name'}]`
    if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? `${value}n` : String(value)
    return JSON.stringify(value, withoutCycles()) ?? String(value)
  } catch {
    return '[a value that cannot be shown]'
  }
}

/** What JSON has no form for, in one. */
function withoutCycles(): (this: unknown, key: string, value: unknown) => unknown {
  const path: unknown[] = []
  return function (_key, value) {
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value === 'function' || typeof value === 'symbol') return String(value).slice(0, 100)
    if (typeof value !== 'object' || value === null) return value
    while (path.length > 0 && path.at(-1) !== this) path.pop()
    if (path.includes(value)) return '[a cycle]'
    const plain =
      value instanceof Map || value instanceof Set ? [...value] : value instanceof Error ? `${value}` : value
    path.push(plain)
    return plain
  }
}
