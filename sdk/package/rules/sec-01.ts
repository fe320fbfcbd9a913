import type { Observation } from '../finding.ts'
import type { FilesStage, Rule } from '../rule.ts'
import { shownPath } from './archive-faults.ts'
import { findSecrets } from './find-secrets.ts'

const SECRET_FILE =
  /(^|\/)(\.env(\.(?!example$|sample$|template$)[\w.-]{1,60})?|id_(rsa|dsa|ecdsa|ed25519)|\.netrc|\.pgpass|[^/]{1,100}\.(p12|pfx|jks|keystore))$/i
const MAX_FINDINGS = 20

export const sec01: Rule = {
  id: 'SEC-01',
  severity: 'error',
  stage: 'files',
  title: 'No secrets in the package',
  waivable: true,
  why: 'Everyone who installs the extension can read them. They must count as stolen once they were uploaded.',
  fix: 'Withdraw the secret where it was issued, take it out of the package, and declare it under `credentials`.',
  check: secrets,
}

function* secrets({ package: { files } }: FilesStage): Iterable<Observation> {
  let left = MAX_FINDINGS
  for (const [path, bytes] of files) {
    if (SECRET_FILE.test(path)) yield { message: 'a file of this name holds secrets', file: shownPath(path) }
    for (const { kind, redacted, line } of findSecrets(bytes)) {
      yield { message: `there is ${kind}: ${redacted}`, file: shownPath(path), line }
      if (--left === 0) return
    }
  }
}
