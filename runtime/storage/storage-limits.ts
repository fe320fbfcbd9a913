/** What the storage port allows, in one table. Sizes are of UTF-8 JSON text unless said otherwise. */
export const storageLimits = {
  documentBytes: 1024 * 1024,
  /** Nested objects and arrays, the document itself included. */
  depth: 64,
  idCharacters: 512,
  indexedCharacters: 1024,
  /** Of `$in`, `getMany`, `insertMany`, `deleteWhere`, a page, and the events of one transaction. */
  batch: 1000,
  defaultPage: 100,
  cursorCharacters: 16 * 1024,
  transactionMs: 30_000,
  /** An outbox event's payload: a dead letter holds it with more beside it. */
  eventBytes: 512 * 1024,
  /** How often the work of a transaction is run when others write the same documents. */
  transactionTries: 30,
  blobBytes: 512 * 1024 * 1024,
  blobChunkBytes: 255 * 1024,
} as const
