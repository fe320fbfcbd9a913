import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'

/**
 * Tries, from inside, what the cage is there to prevent. True means: held. The supervisor shows the answers and refuses
 * a child in which a layer that it applied does not hold.
 */
export async function probeCage(): Promise<Record<string, boolean>> {
  return {
    'no-file-read': fails(() => readFileSync('/etc/passwd')),
    'no-file-write': fails(() => writeFileSync('/tmp/annex-probe', '')),
    'no-processes': 'permission' in process && !process.permission.has('child'),
    'no-workers': 'permission' in process && !process.permission.has('worker'),
    'no-webassembly': !('WebAssembly' in globalThis),
    'empty-environment': Object.keys(process.env).every((name) => name === 'TZ'),
    'no-interfaces': Object.keys(networkInterfaces()).length === 0,
    'no-connections': await refusesConnection(),
    'own-user': process.getuid?.() !== 0,
  }
}

function fails(work: () => unknown): boolean {
  try {
    work()
    return false
  } catch {
    return true
  }
}

function refusesConnection(): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const socket = connect({ host: '127.0.0.1', port: 9 })
      socket.on('connect', () => resolve(false))
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'))
    } catch {
      resolve(true)
    }
  })
}
