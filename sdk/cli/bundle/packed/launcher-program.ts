import { join } from 'node:path'

/** The program that starts the caged processes: bundled when the command line was packed. */
export const LAUNCHER_PROGRAM = join(import.meta.dirname, 'launcher.js')
