import { BOMBS } from './bombs.ts'
import { COLLISIONS } from './collisions.ts'
import { CONTENTS } from './contents.ts'
import { ESCAPING_PATHS } from './escaping-paths.ts'
import { EXTENSION_HEADERS } from './extension-headers.ts'
import { GZIP_FRAMING } from './gzip-framing.ts'
import type { HostileCase } from './hostile-case.ts'
import { LINKS_AND_DEVICES } from './links.ts'
import { MANIFESTS } from './manifests.ts'
import { NAMES_THAT_LIE } from './names.ts'
import { TAR_STRUCTURE } from './tar-structure.ts'

/** Every archive that must not enter, made by hand after the attacks that are known, with the rule that refuses it. */
export function* hostileArchives(): Generator<HostileCase & { family: string }> {
  const families: Record<string, readonly HostileCase[]> = {
    'gzip framing': GZIP_FRAMING,
    'tar structure': TAR_STRUCTURE,
    bombs: BOMBS,
    'escaping paths': ESCAPING_PATHS,
    'links and devices': LINKS_AND_DEVICES,
    collisions: COLLISIONS,
    'names that lie': NAMES_THAT_LIE,
    'extension headers': EXTENSION_HEADERS,
    contents: CONTENTS,
    manifests: MANIFESTS,
  }
  for (const [family, cases] of Object.entries(families)) for (const it of cases) yield { family, ...it }
}
