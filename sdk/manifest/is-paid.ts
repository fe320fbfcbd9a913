import type { JsonObject } from '../json.ts'
import type { Manifest } from '../manifest.ts'

/** Whether anything of the extension is to be bought. Takes a manifest that fits the schema. */
export function isPaid(manifest: Manifest | JsonObject): boolean {
  const { annex } = manifest as Manifest
  return annex.pricing !== undefined && annex.pricing.model !== 'FREE'
}
