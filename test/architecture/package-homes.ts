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
  diff: ['runtime/sandbox/check-child/', 'sdk/package/'],
  fastify: ['marketplace/gateway/'],
  'ipaddr.js': ['runtime/egress/'],
  'isolated-vm': ['runtime/sandbox/child/'],
  jose: ['marketplace/accounts/'],
  mongodb: ['runtime/storage/mongodb'],
  nodemailer: ['marketplace/notifications/'],
  papaparse: ['extensions-examples/csv-drop/'],
  pino: ['runtime/log.ts'],
  semver: ['sdk/', 'runtime/', 'marketplace/'],
  tar: ['sdk/package/'],
  marked: ['runtime/sandbox/check-child/'],
  parse5: ['runtime/sandbox/check-child/'],
  'spdx-exceptions': ['sdk/package/'],
  'spdx-license-ids': ['sdk/package/'],
  tldts: ['runtime/egress/', 'sdk/', 'marketplace/publishing/'],
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
  '@types/nodemailer',
  '@types/papaparse',
  '@types/semver',
  'node',
  'typescript',
]
/** For tests only. */
export const TEST_PACKAGES: readonly string[] = [
  '@noble/hashes',
  'autocannon',
  'core-js',
  'date-fns',
  'decimal.js',
  'fast-check',
  'fast-xml-parser',
  'handlebars',
  'immer',
  'jsonata',
  'lodash',
  'lodash-es',
  'qs',
  'rxjs',
  'stripe',
  'tap',
  'zod',
]
