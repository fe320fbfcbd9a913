import { gunzipSync } from 'node:zlib'
import type { Test } from 'tap'
import { Agent, type Dispatcher, fetch, type RequestInit } from 'undici'

/** Where names lead to; all of them to this machine if absent. */
export type Names = (host: string) => string

/** A client without a gate: follows redirects, reads to the end, trusts what it is told. Closed when `t` ends. */
export function openCarelessClient(t: Test, names: Names = () => '127.0.0.1', options: Agent.Options = {}) {
  const dispatcher: Dispatcher = new Agent({
    ...options,
    connect: {
      lookup: (host, { all }, done) => {
        const address = names(host)
        const family = address.includes(':') ? 6 : 4
        if (all) done(null, [{ address, family }])
        else done(null, address, family)
      },
    },
  })
  t.teardown(() => dispatcher.destroy())
  return (url: string, init: RequestInit = {}) => fetch(url, { ...init, dispatcher })
}

/** What careless code makes of a body that says that it is compressed once more. */
export function unpackAll(body: Uint8Array): Uint8Array {
  let bytes = body
  while (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes)
  return bytes
}
