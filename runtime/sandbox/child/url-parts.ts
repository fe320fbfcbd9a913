/** The parts of a URL that have a getter; all but `origin` have a setter too. */
export const URL_PARTS = [
  'href',
  'origin',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
] as const

export type UrlPart = (typeof URL_PARTS)[number]
export type UrlParts = Record<UrlPart, string>
