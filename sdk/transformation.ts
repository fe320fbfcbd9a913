import type { Context } from './context.ts'
import type { JsonObject } from './json.ts'

export type TransformResult =
  | { ok: JsonObject }
  | { error: { code: string; message: string } }
  /** Leaves the record out, with the reason. */
  | { drop: string }

export interface TransformationDefinition {
  /** JSON Schema of what comes in and of what goes out. */
  input: JsonObject
  output: JsonObject
  /** One result per record, same length and order. */
  transform(ctx: Context, records: JsonObject[]): Promise<TransformResult[]> | TransformResult[]
}

/** Declares a transformation: an extension that changes records on their way through an integration. */
export function defineTransformation(
  definition: TransformationDefinition,
): TransformationDefinition & { readonly kind: 'transformation' } {
  return { ...definition, kind: 'transformation' }
}
