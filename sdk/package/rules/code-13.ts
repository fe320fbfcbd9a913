import type { Observation } from '../finding.ts'
import type { ManifestStage, OutsideStage, Rule } from '../rule.ts'
import { isBelow } from './address-book.ts'
import { codeAddresses } from './code-addresses.ts'
import { entryPlace, entrySyntax, type ScriptSyntax } from './entry-syntax.ts'
import { memberName, plain } from './syntax-reading.ts'

export const code13: Rule = {
  id: 'CODE-13',
  severity: 'error',
  stage: 'manifest',
  title: 'The package holds nothing that is known to do harm',
  why: 'Miners spend the computing time of others; what did harm once does it again under another name.',
  fix: 'Take it out. If it came with a library, the library or your copy of it was tampered with.',
  check: miners,
  outside: harmfulFiles,
}

/** How miners speak to their pools: in no other protocol's addresses. */
const POOL = /\bstratum[12]?\+(tcp|udp|ssl|tls|wss?)s?:\/\/[\w[]/i
const MINER_HOSTS = [
  ...['coinhive.com', 'coin-hive.com', 'authedmine.com', 'crypto-loot.com', 'cryptoloot.pro', 'coinimp.com'],
  ...['webminepool.com', 'webmine.cz', 'minero.cc', 'jsecoin.com', 'deepminer.net', 'monerominer.rocks'],
  ...[
    'supportxmr.com',
    'minexmr.com',
    'nanopool.org',
    'nicehash.com',
    'moneroocean.stream',
    'hashvault.pro',
    '2miners.com',
  ],
]
const MINER_OBJECTS = new Set(['CoinHive', 'CryptoLoot', 'deepMiner', 'CoinImp', 'WMP'])
const MINER_MEMBERS = new Set(['Anonymous', 'User', 'Token'])

function* miners(context: ManifestStage): Iterable<Observation> {
  const syntax = entrySyntax(context)
  if (!syntax) return
  for (const { message, index } of signatures(syntax)) yield { message, ...entryPlace(context, syntax, index) }
}

function* signatures({ tree }: ScriptSyntax): Iterable<{ message: string; index: number }> {
  for (const { node } of tree.nodes('Literal')) {
    if (typeof node.value === 'string' && POOL.test(node.value.slice(0, 2000)))
      yield { message: 'the address of a mining pool stands in the code', index: node.start }
  }
  for (const { node } of tree.nodes('TemplateLiteral')) {
    if (node.quasis.some(({ value }) => POOL.test((value.cooked ?? '').slice(0, 2000))))
      yield { message: 'the address of a mining pool stands in the code', index: node.start }
  }
  for (const { host, index } of codeAddresses(tree).addresses) {
    if (MINER_HOSTS.some((name) => isBelow(host, name))) yield { message: 'a host of miners stands in the code', index }
  }
  for (const { node } of tree.nodes('NewExpression')) {
    const callee = plain(node.callee)
    const object = callee?.type === 'MemberExpression' ? plain(callee.object) : undefined
    if (callee?.type !== 'MemberExpression' || object?.type !== 'Identifier') continue
    if (MINER_OBJECTS.has(object.name) && MINER_MEMBERS.has(memberName(callee) ?? ''))
      yield { message: 'a miner is started', index: node.start }
  }
}

function harmfulFiles({
  package: { files },
  outside: { harmfulFiles: known },
}: OutsideStage): Observation[] | undefined {
  if (!known) return undefined
  return files
    .filter(({ sha256 }) => known.has(sha256))
    .map(({ path }) => ({ message: 'the file is known to do harm', file: path }))
}
