/**
 * The one home of each foreign package and of each module of Node that is a way out: only paths that start with one of
 * these may import it. `test/` may import everything. A package without a row here is refused.
 */
export const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  '@fastify/cors': ['marketplace/gateway/'],
  '@fastify/helmet': ['marketplace/gateway/'],
  '@fastify/swagger': ['marketplace/gateway/'],
  '@jridgewell/trace-mapping': ['sdk/package/', 'sdk/cli/', 'runtime/sandbox/check-child/'],
  '@node-rs/argon2': ['marketplace/accounts/'],
  '@sinclair/typebox': ['sdk/', 'runtime/', 'marketplace/'],
  acorn: ['sdk/package/'],
  ajv: ['sdk/', 'runtime/', 'marketplace/'],
  'ajv-formats': ['sdk/', 'runtime/', 'marketplace/'],
  croner: ['runtime/schedules/', 'sdk/package/', 'sdk/manifest/'],
  esbuild: ['sdk/cli/', 'sdk/package/', 'runtime/sandbox/'],
  fastify: ['marketplace/gateway/'],
  'ipaddr.js': ['runtime/egress/'],
  'isolated-vm': ['runtime/sandbox/child/'],
  jose: ['marketplace/accounts/'],
  mongodb: ['runtime/storage/mongodb'],
  papaparse: ['extensions-examples/csv-drop/'],
  pino: ['runtime/log.ts'],
  semver: ['sdk/', 'runtime/', 'marketplace/'],
  tar: ['sdk/package/'],
  tldts: ['runtime/egress/', 'sdk/'],
  undici: ['runtime/egress/'],
  'node:sqlite': ['runtime/storage/sqlite', 'marketplace/catalog/'],
  // The global `process` is there, and the rule for the environment can see it.
  'node:process': [],
  'node:vm': [],
  'node:child_process': ['runtime/sandbox/', 'sdk/cli/', 'marketplace/cli-download.ts'],
}

/** Programs of the workshop and the pinned Node itself: never imported by a room. */
export const TOOLS: readonly string[] = [
  '@biomejs/biome',
  '@types/lodash-es',
  '@types/node',
  '@types/papaparse',
  '@types/semver',
  'node',
  'typescript',
]
/** For tests only. */
export const TEST_PACKAGES: readonly string[] = [
  'autocannon',
  'date-fns',
  'decimal.js',
  'fast-check',
  'fast-xml-parser',
  'jsonata',
  'lodash-es',
  'stripe',
  'tap',
  'zod',
]
