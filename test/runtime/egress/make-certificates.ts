import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A certificate and its key, in PEM. */
export interface MadeCertificate {
  certificate: string
  privateKey: string
}

/** An authority of the test's own. */
export interface Authority {
  /** Its certificate, in PEM. */
  ca: string
  /** For a server of these names, or a client. */
  issue(names: readonly string[]): MadeCertificate
}

/** Makes an authority with the machine's openssl, in `folder`. */
export function makeAuthority(folder: string, name = 'Test Authority'): Authority {
  const at = (file: string) => join(folder, file)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  const newKey = (file: string) => openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', at(file))
  newKey('ca.key')
  const subject = ['-subj', `/CN=${name}`, '-days', '2', '-sha256']
  openssl('req', '-x509', '-new', '-key', at('ca.key'), '-out', at('ca.pem'), ...subject)
  let count = 0
  return {
    ca: readFileSync(at('ca.pem'), 'utf8'),
    issue(names) {
      const file = `leaf-${++count}`
      newKey(`${file}.key`)
      openssl('req', '-new', '-key', at(`${file}.key`), '-out', at(`${file}.csr`), '-subj', `/CN=${names[0]}`)
      writeFileSync(at(`${file}.ext`), `subjectAltName=${names.map((each) => `DNS:${each}`).join(',')}\n`)
      const signing = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2', '-sha256']
      const files = ['-in', at(`${file}.csr`), '-out', at(`${file}.pem`), '-extfile', at(`${file}.ext`)]
      openssl('x509', '-req', ...files, ...signing)
      return {
        certificate: readFileSync(at(`${file}.pem`), 'utf8'),
        privateKey: readFileSync(at(`${file}.key`), 'utf8'),
      }
    },
  }
}

/** The same key behind a passphrase. */
export function lockKey(folder: string, { privateKey }: MadeCertificate, passphrase: string): string {
  const plain = join(folder, 'open.key')
  const locked = join(folder, 'locked.key')
  writeFileSync(plain, privateKey)
  execFileSync('openssl', [
    'pkcs8',
    '-topk8',
    '-v2',
    'aes-256-cbc',
    '-in',
    plain,
    '-out',
    locked,
    '-passout',
    `pass:${passphrase}`,
  ])
  return readFileSync(locked, 'utf8')
}
