/** One secret in a file, told without telling it. */
export interface FoundSecret {
  kind: string
  redacted: string
  /** From 1. */
  line: number
}

interface Pattern {
  kind: string
  /** A literal part, found by the fast search of the buffer; the expression is tried there only. */
  anchor: string
  /** Sticky, every repetition bounded, so that each trial costs a constant. */
  expression: RegExp
  /** Whether the match is a made-up value of documentation. */
  harmless?(match: RegExpExecArray): boolean
}

const PATTERNS: readonly Pattern[] = [
  {
    kind: 'a private key',
    anchor: '-----BEGIN ',
    expression: /-----BEGIN ([A-Z0-9]{1,16} ){0,2}PRIVATE KEY( BLOCK)?-----\s{0,4}(\\[nr]){0,4}\s{0,4}[\w+/=:]{20}/y,
  },
  token('an AWS access key', 'AKIA', /AKIA[0-9A-Z]{16}(?![0-9A-Za-z])/y),
  token('an AWS access key', 'ASIA', /ASIA[0-9A-Z]{16}(?![0-9A-Za-z])/y),
  token('a GitHub token', 'ghp_', /ghp_[A-Za-z0-9]{36,255}/y),
  token('a GitHub token', 'gho_', /gho_[A-Za-z0-9]{36,255}/y),
  token('a GitHub token', 'ghs_', /ghs_[A-Za-z0-9]{36,255}/y),
  token('a GitHub token', 'ghu_', /ghu_[A-Za-z0-9]{36,255}/y),
  token('a GitHub token', 'github_pat_', /github_pat_[A-Za-z0-9_]{60,255}/y),
  token('a GitLab token', 'glpat-', /glpat-[A-Za-z0-9_-]{20,64}/y),
  token('a GitLab token', 'gldt-', /gldt-[A-Za-z0-9_-]{20,64}/y),
  token('an npm token', 'npm_', /npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/y),
  token('a password for npm', '_authToken', /_authToken\s{0,4}=\s{0,4}[^\s${]{8,400}/y),
  token('a password for npm', '_password', /_password\s{0,4}=\s{0,4}[A-Za-z0-9+/=]{8,400}\s/y),
  token('a Slack token', 'xox', /xox[abprs]-[0-9A-Za-z-]{20,255}/y),
  token('a Google API key', 'AIza', /AIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])/y),
  // Not pk_live_: that one is public.
  token('a Stripe key', 'sk_live_', /sk_live_[0-9A-Za-z]{24,255}/y),
  token('a Stripe key', 'rk_live_', /rk_live_[0-9A-Za-z]{24,255}/y),
  token('a Shopify token', 'shpat_', /shpat_[0-9a-fA-F]{32}(?![0-9A-Za-z])/y),
  token('a Shopify secret', 'shpss_', /shpss_[0-9a-fA-F]{32}(?![0-9A-Za-z])/y),
  token('a DigitalOcean token', 'dop_v1_', /dop_v1_[0-9a-f]{64}(?![0-9A-Za-z])/y),
  token('a PyPI token', 'pypi-AgEIcHlwaS5vcmc', /pypi-AgEIcHlwaS5vcmc[\w-]{50,400}/y),
  token('an OpenAI key', 'sk-proj-', /sk-proj-[A-Za-z0-9_-]{40,255}/y),
  token('an Anthropic key', 'sk-ant-', /sk-ant-[A-Za-z0-9_-]{40,255}/y),
  token('an Azure storage key', 'AccountKey=', /AccountKey=[A-Za-z0-9+/]{86}==/y),
  token('a SendGrid key', 'SG.', /SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/y),
  token('an API key of this platform', 'hbc_', /hbc_[A-Za-z0-9]{43,64}(?![A-Za-z0-9])/y),
  {
    kind: 'a password in a URL',
    anchor: '://',
    expression: /:\/\/([^\s/@:"'`<>]{1,64}):([^\s/@:"'`<>]{3,128})@[A-Za-z0-9[]/y,
    harmless: isPlaceholder,
  },
]

/** More places than this in one file are not secrets any more, but cost time. */
const MAX_TRIALS = 20_000

export function* findSecrets(bytes: Uint8Array): Iterable<FoundSecret> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  for (const pattern of PATTERNS) {
    let trials = MAX_TRIALS
    for (let at = buffer.indexOf(pattern.anchor); at >= 0 && trials > 0; trials--) {
      const match = matchAt(buffer, at, pattern)
      if (match) yield { kind: pattern.kind, redacted: redact(match[0]), line: lineAt(buffer, at) }
      at = buffer.indexOf(pattern.anchor, at + (match?.[0].length ?? pattern.anchor.length))
    }
  }
}

/** A random token has many different characters; placeholders and examples have few, or say what they are. */
function token(kind: string, anchor: string, expression: RegExp): Pattern {
  const harmless = ([text]: RegExpExecArray) =>
    new Set(text).size < 10 || /EXAMPLE|PLACEHOLDER|xxxx|your[-_]/i.test(text)
  return { kind, anchor, expression, harmless }
}

function isPlaceholder(match: RegExpExecArray): boolean {
  return /^(pass(word|wd)?|pwd|secret|token|\*+|x+|\.+|changeme|test)$|[${}%[\]]/i.test(match[2] ?? '')
}

function matchAt(buffer: Buffer, at: number, { expression, harmless }: Pattern): RegExpExecArray | undefined {
  expression.lastIndex = 0
  const match = expression.exec(buffer.toString('latin1', at, at + 512))
  return match && !harmless?.(match) ? match : undefined
}

function redact(text: string): string {
  const start = text.startsWith(':') ? '' : text.slice(0, 4).replace(/[^\w-]/g, '?')
  return `${start}… (${text.length} characters)`
}

function lineAt(buffer: Buffer, index: number): number {
  let line = 1
  for (let at = buffer.indexOf(10); at >= 0 && at < index; at = buffer.indexOf(10, at + 1)) line++
  return line
}
