/** Hosts that the rules know by name. A name covers all below it. */

/** Their addresses are names of vocabularies, or stand in documentation (RFC 2606): nobody calls them. */
const NAMES_ONLY = [
  ...['w3.org', 'schema.org', 'json-schema.org', 'xmlns.com', 'purl.org', 'purl.oclc.org', 'ns.adobe.com'],
  ...['schemas.microsoft.com', 'schemas.xmlsoap.org', 'schemas.openxmlformats.org', 'schemas.android.com'],
  ...['docs.oasis-open.org', 'uri.etsi.org', 'www.opengis.net', 'www.topografix.com', 'spdx.org', 'tools.ietf.org'],
  ...['www.rfc-editor.org', 'datatracker.ietf.org', 'tc39.es', 'developer.mozilla.org', 'www.sitemaps.org'],
  ...['example.com', 'example.org', 'example.net', 'test', 'invalid'],
]

/** Where anyone can leave what was taken from somebody else. `path`: only what begins so. */
const DROPS: readonly { host: string; path?: string }[] = [
  { host: 'discord.com', path: '/api/webhooks' },
  { host: 'discordapp.com', path: '/api/webhooks' },
  { host: 'hooks.slack.com' },
  { host: 'webhook.office.com' },
  { host: 'api.telegram.org', path: '/bot' },
  ...['pastebin.com', 'hastebin.com', 'rentry.co', 'termbin.com', 'ix.io', '0x0.st', 'paste.ee', 'dpaste.org'],
  ...['transfer.sh', 'file.io', 'gofile.io', 'anonfiles.com', 'webhook.site', 'requestbin.com', 'pipedream.net'],
  ...['beeceptor.com', 'requestcatcher.com', 'ngrok.io', 'ngrok.app', 'ngrok-free.app', 'trycloudflare.com'],
  ...['serveo.net', 'loca.lt', 'interact.sh', 'oast.pro', 'oast.live', 'oast.fun', 'oast.me', 'burpcollaborator.net'],
].map((drop) => (typeof drop === 'string' ? { host: drop } : drop))

export function isNameOnly(host: string): boolean {
  return NAMES_ONLY.some((name) => isBelow(host, name))
}

export function isDrop({ host, path }: { host: string; path: string }): boolean {
  return DROPS.some((drop) => isBelow(host, drop.host) && path.startsWith(drop.path ?? ''))
}

/** The host itself, or one below it. */
export function isBelow(host: string, name: string): boolean {
  return host === name || host.endsWith(`.${name}`)
}

/** This machine, its network, and addresses that are nobody's: RFC 1122, 1918, 3927, 4193, 4291, 6598. */
export function isPrivate(host: string): boolean {
  if (isBelow(host, 'localhost') || isBelow(host, 'local') || isBelow(host, 'internal')) return true
  if (host.startsWith('[')) return /^\[(::1?\]|f[cd]|fe[89ab]|::ffff:)/.test(host)
  const [a = -1, b = -1, c, d] = host.split('.').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : Number.NaN))
  if ([a, b, c, d].some((part) => part === undefined || !(part >= 0 && part <= 255))) return false
  if (a === 0 || a === 10 || a === 127) return true
  const shared = (a === 172 && b >= 16 && b < 32) || (a === 100 && b >= 64 && b < 128)
  return shared || (a === 192 && b === 168) || (a === 169 && b === 254)
}
