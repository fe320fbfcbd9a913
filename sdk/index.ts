/** What an extension imports: `import { defineConnector } from '@annex/sdk'`. */
export {
  type CheckStep,
  type ConnectorDefinition,
  defineConnector,
  type PlatformEvent,
  type Stream,
  type StreamPage,
  type WebhookRequest,
  type WebhookResult,
  type WriteOperation,
  type WriteResult,
} from './connector.ts'
export type {
  Context,
  Declared,
  Events,
  FetchedFile,
  FetchResponse,
  FileHandle,
  KeyValue,
  KeyValueMany,
  ListPage,
  Logger,
  PlatformRecord,
  PlatformResource,
  Secrets,
} from './context.ts'
export { AnnexError, type ErrorCode } from './errors.ts'
export type { Json, JsonObject } from './json.ts'
export { defineTransformation, type TransformationDefinition, type TransformResult } from './transformation.ts'
