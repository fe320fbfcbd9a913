import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the SDK that this tool belongs to lies. The packed command line has another file in the place of this one. */
export const SDK_FOLDER = dirname(fileURLToPath(import.meta.resolve('@annex/sdk')))
