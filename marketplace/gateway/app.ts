import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import { type FastifyRequest, type FastifySchema, fastify } from 'fastify'
import type { Services } from '../services.ts'
import type { App } from './app-type.ts'
import { serializesAtFirstUse, validatesAtFirstUse } from './at-first-use.ts'
import { authenticateRequests } from './authentication.ts'
import { answerBrokenRequest } from './broken-request.ts'
import { closeMarketplace } from './closed-marketplace.ts'
import { keepAnswers } from './idempotency.ts'
import { limitRequests } from './limits.ts'
import { answerUnknownRoutes } from './not-found.ts'
import { describeRoutes } from './openapi.ts'
import { sendProblem } from './problem-answer.ts'
import { Problem } from './problems.ts'
import { registerRoutes } from './routes.ts'
import { createSerializers } from './serializers.ts'
import { createValidators } from './validators.ts'

export interface GatewayConfig {
  /** Origins whose pages may call the API from a browser; none if absent. */
  corsOrigins?: readonly string[]
  /** False: nothing comes from the catalog, and nothing goes into it. */
  marketplace?: boolean
  /** Told of each route as it is registered: a test holds the description against it. */
  onRoute?: (route: { url: string; method: string | string[]; schema?: FastifySchema }) => void
}

/** Bytes of a request body; routes that take more say so themselves. */
const BODY_LIMIT = 1024 * 1024
/** Time for a whole request to arrive, then for its headers, then for an idle connection. Slow senders are cut off. */
const REQUEST_MS = 60_000
const HEADERS_MS = 15_000
const KEEP_ALIVE_MS = 10_000
const MAX_HEADER_BYTES = 16 * 1024
const MAX_CONNECTIONS = 2000

/** The whole HTTP interface, ready to listen. */
export async function createApp(services: Services, config: GatewayConfig = {}): Promise<App> {
  const app = createServer(services)
  app.server.maxConnections = MAX_CONNECTIONS
  app.setValidatorCompiler(validatesAtFirstUse(createValidators()))
  app.setSerializerCompiler(serializesAtFirstUse(await createSerializers()))
  app.addSchema(Problem)
  app.removeContentTypeParser('text/plain')
  if (config.onRoute) app.addHook('onRoute', config.onRoute)
  answerProblems(app, services)
  identifyRequests(app, services)
  await app.register(helmet, { contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } })
  await app.register(cors, corsOptions(config))
  await describeRoutes(app)
  authenticateRequests(app, services.accounts)
  limitRequests(app, services.limiter)
  if (config.marketplace === false) closeMarketplace(app)
  keepAnswers(app, services.keptAnswers)
  registerRoutes(app, services)
  return app
}

function createServer({ ids, clock }: Services): App {
  return fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { headersTimeout: HEADERS_MS, maxHeaderSize: MAX_HEADER_BYTES },
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 256 },
    // A caller's own id would let them write into the log under any name; ours is always new.
    requestIdHeader: false,
    genReqId: () => ids('req'),
    frameworkErrors: (error, request, reply) => void sendProblem(request, reply, clock, error),
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, { requestId: ids('req'), clock }),
  }) as App
}

/** Every answer tells its id; every answered request leaves one line in the log. */
function identifyRequests(app: App, { log }: Services): void {
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id))
  app.addHook('onResponse', async (request, reply) => {
    const fields = { requestId: request.id, method: request.method, route: routeOf(request) }
    log.info({ ...fields, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request')
  })
}

/** The pattern, not the path: paths carry ids. */
function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unknown'
}

function answerProblems(app: App, { clock, log }: Services): void {
  app.setErrorHandler(async (error, request, reply) => {
    const answered = sendProblem(request, reply, clock, error)
    if (reply.statusCode === 500) log.error({ err: error, requestId: request.id, route: routeOf(request) }, 'a fault')
    return answered
  })
  answerUnknownRoutes(app)
}

function corsOptions({ corsOrigins = [] }: GatewayConfig) {
  return {
    origin: [...corsOrigins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['ETag', 'Location', 'Retry-After', 'RateLimit-Remaining', 'RateLimit-Reset', 'X-Request-Id'],
    maxAge: 600,
  }
}
