import type { App } from './app-type.ts'
import { refuse } from './refusal.ts'

/** What no route takes: 405 with `Allow` when the path exists for other methods, else 404. */
export function answerUnknownRoutes(app: App): void {
  const known = new Map<string, { shape: RegExp; methods: Set<string> }>()
  app.addHook('onRoute', ({ url, method }) => {
    const entry = known.get(url) ?? { shape: shapeOf(url), methods: new Set() }
    for (const each of [method].flat()) entry.methods.add(each)
    // The preflight route of the CORS plugin fits every path.
    if (url !== '*') known.set(url, entry)
  })
  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const fitting = [...known.values()].filter(({ shape }) => shape.test(path))
    if (fitting.length === 0) return refuse('NOT_FOUND', 'there is nothing at this path')
    const allowed = [...new Set(fitting.flatMap(({ methods }) => [...methods]))].sort()
    reply.header('allow', allowed.join(', '))
    return refuse('METHOD_NOT_ALLOWED', `this path takes ${allowed.join(', ')}`)
  })
}

/** A pattern such as `/api/jobs/:id` as an expression: each parameter is one segment. */
function shapeOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => (segment.startsWith(':') ? '[^/]+' : RegExp.escape(segment)))
  return new RegExp(`^${segments.join('/')}$`)
}
