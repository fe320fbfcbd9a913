import type { Resource } from './resource.ts'
import { chantiers } from './resources/chantiers.ts'
import { documents } from './resources/documents.ts'
import { invoices } from './resources/invoices.ts'
import { timesheets } from './resources/timesheets.ts'

/** Every resource of API v1. A new one is a file under `resources/` and a line here. */
export const RESOURCES: readonly Resource[] = [chantiers, documents, invoices, timesheets]

export function resourceNamed(name: string): Resource | undefined {
  return RESOURCES.find((resource) => resource.name === name)
}
