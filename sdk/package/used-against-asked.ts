import type { HostWish } from '@annex/sdk/manifest/capabilities'
import type { PackageReport, UsedAgainstAsked, UseOf } from './report.ts'
import type { Trial } from './trial.ts'
import { usedByPlatform } from './used-by-platform.ts'

/**
 * What a package uses against what it asks for. A use that no fixture shows and no reading of the code finds may be there
 * all the same: `never` is a question to the author, not a verdict.
 */
export function usedAgainstAsked(held: PackageReport, trial: Trial): UsedAgainstAsked {
  const calls = trial.runs.flatMap((run) => run.calls)
  const scopes = calls.flatMap(({ scope }) => scope ?? [])
  const hosts = calls.flatMap(({ host }) => host ?? [])
  return { scopes: scopeUses(held, new Set(scopes)), hosts: hostUses(held, new Set(hosts)) }
}

function scopeUses({ capabilities, codeUse, describe }: PackageReport, run: ReadonlySet<string>): UseOf[] {
  const { required, optional } = capabilities.scopes
  const asked = new Map<string, UseOf['asked']>([
    ...optional.map(({ scope }) => [scope, 'optional'] as const),
    ...required.map(({ scope }) => [scope, 'required'] as const),
  ])
  const code = new Set(codeUse.scopes)
  const byPlatform = usedByPlatform(capabilities.events.subscribes, describe.streams)
  const seenAs = (name: string): UseOf['seen'] => {
    const seen = seenIn(run.has(name), code.has(name))
    return seen === 'never' && byPlatform(name) ? 'platform' : seen
  }
  return [...new Set([...asked.keys(), ...code, ...run])]
    .sort()
    .map((name) => ({ name, asked: asked.get(name) ?? 'no', seen: seenAs(name) }))
}

function hostUses({ capabilities, codeUse }: PackageReport, run: ReadonlySet<string>): UseOf[] {
  const declared = capabilities.egress.map((wish) => ({
    name: wish.host,
    asked: 'required' as const,
    seen: seenIn(some(run, wish), some(codeUse.hosts, wish)),
  }))
  // A host of the configuration has another name in each organization: only a run tells that one was used.
  const configured = capabilities.configHosts.map(({ key, match }) => ({
    name: `{{config.${key}}}`,
    asked: 'required' as const,
    seen: seenIn(match === 'any' ? run.size > 0 : some(run, { host: match }), false),
  }))
  const strangers = [...run].filter((host) => !capabilities.egress.some((wish) => covers(wish.host, host)))
  const unasked = capabilities.configHosts.length > 0 ? [] : strangers.sort()
  return [...declared, ...configured, ...unasked.map((name) => ({ name, asked: 'no' as const, seen: 'run' as const }))]
}

function seenIn(run: boolean, code: boolean): UseOf['seen'] {
  if (run) return 'run'
  return code ? 'code' : 'never'
}

function some(hosts: Iterable<string>, { host: pattern }: Pick<HostWish, 'host'>): boolean {
  return [...hosts].some((host) => covers(pattern, host))
}

function covers(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : pattern === host
}
