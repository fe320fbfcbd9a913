import { join } from 'node:path'

/** The program that starts the caged processes. The packed command line has another file in the place of this one. */
export const LAUNCHER_PROGRAM = join(import.meta.dirname, 'launcher/main.ts')
