import type { Manifest } from '@annex/sdk/manifest'
import { hostCovers } from '@annex/sdk/manifest/host-pattern'
import { readCapabilities } from '@annex/sdk/manifest/normalize-manifest'

/** Tells whether the manifest lets a host be called. Those of a sign-in are called by the platform and the browser. */
export function declaresHost(manifest: Manifest): (host: string) => boolean {
  const { egress, configHosts, credentials } = readCapabilities(manifest).capabilities
  const patterns = [...egress.map(({ host }) => host), ...configHosts.map(({ match }) => match)]
  const { authorizationUrl, tokenUrl } = credentials?.oauth2 ?? {}
  const ofSignIn = [authorizationUrl, tokenUrl].map((url) => url && URL.parse(url)?.hostname)
  return (host) => ofSignIn.includes(host) || patterns.some((pattern) => pattern === 'any' || hostCovers(pattern, host))
}
