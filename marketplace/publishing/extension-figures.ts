import { collection, type Stored } from '../../runtime/storage/port.ts'

/**
 * How much an extension is used, as drawn up once a day; `_id` is `@publisher/name`. Whoever writes it emits
 * `extension.figures` with it, so that every node's search follows. Organizations are counted once each, however often
 * they fetched, installed or ran it.
 */
export interface ExtensionFiguresDocument extends Stored {
  /** Organizations that installed it, or had it installed, within so many days. */
  organizations7d: number
  organizations30d: number
  /** Runs of 7 days, how many of them failed by its own fault, and how many organizations they were for. */
  runs7d: number
  failures7d: number
  runOrganizations7d: number
  /** Packages that were fetched or installed within 30 days. */
  downloads30d: number
  /** Days since 1970: when this was drawn up. */
  updatedDay: number
}

export const EXTENSION_FIGURES = 'extension.figures'

export const extensionFigures = collection<ExtensionFiguresDocument>({
  name: 'extensionFigures',
  scope: 'system',
  indexes: { byDay: { fields: ['updatedDay'] } },
})
