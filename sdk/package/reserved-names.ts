/** Words that would make a publisher or an extension speak for the platform itself, or that a path or a tool means already. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(
  `admin annex api auth catalog console docs downloads health install internal invitations marketplace me metrics node null
  official openapi operator platform publisher publishers review root sdk security staff static support system test
  undefined verified www`.split(/\s+/),
)
