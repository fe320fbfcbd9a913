import { collection, type Stored } from '../../runtime/storage/port.ts'

/** `_id` is the version's. What search needs of its texts, kept beside it so that an index is made without its report. */
export interface VersionTextsDocument extends Stored {
  /** Markdown or plain: how its README begins. */
  readme: string
}

const MOST_CHARACTERS = 4096

export const versionTexts = collection<VersionTextsDocument>({ name: 'versionTexts', scope: 'system', indexes: {} })

export function versionTextsDraft(versionId: string, readme = ''): { _id: string; readme: string } {
  return { _id: versionId, readme: readme.slice(0, MOST_CHARACTERS).toWellFormed() }
}
