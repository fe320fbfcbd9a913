import { join } from 'node:path'

/** The SDK's sources travel with the packed command line. */
export const SDK_FOLDER = join(import.meta.dirname, 'sdk')
