import { type StartedServer, startServer } from './started-server.ts'

/** Addresses of what a server has of one package. */
export interface Served {
  metadata: string
  tarball: string
}

/** A server of this folder that prints its address. */
export function startBare(file: string, input: string): Promise<StartedServer> {
  return startServer(new URL(file, import.meta.url), /^(http:\S+)/m, { input })
}
