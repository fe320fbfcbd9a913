/** What an extension imports: `import { defineConnector } from '@annex/sdk'`. */
export {
  type CheckStep,
  type ConnectorDefinition,
  defineConnector,
  type Stream,
  type StreamPage,
  type WriteOperation,
  type WriteResult,
} from './connector.ts'
export type {
  Context,
  Declared,
  FetchResponse,
  KeyValue,
  ListPage,
  Logger,
  PlatformRecord,
  PlatformResource,
} from './context.ts'
export { AnnexError, type ErrorCode } from './errors.ts'
export type { Json, JsonObject } from './json.ts'
export { defineTransformation, type TransformationDefinition, type TransformResult } from './transformation.ts'
