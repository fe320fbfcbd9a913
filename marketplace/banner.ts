import type { Config } from '../runtime/config.ts'

interface BannerFacts {
  config: Config
  port: number
  isolation: readonly { name: string; active: boolean; detail: string }[]
  /** Present on the first start. */
  operator: { email: string; password: string } | undefined
}

/** What an operator wants to know at the start, once. */
export function banner({ config, port, isolation, operator }: BannerFacts): string {
  const address = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
  const missing = isolation.filter(({ active }) => !active)
  const overrides = Object.keys(config.egress.overrides)
  const lines = [
    ['Annex', address],
    ['API', `${address}/docs (readers), ${address}/openapi.json (programs)`],
    ['health', `${address}/health`],
    ['data', config.dataFolder],
    ['engine', config.store.kind],
    ['mode', config.production ? 'production' : 'development'],
    ['isolation', names(isolation.filter(({ active }) => active))],
    ...missing.map(({ name, detail }) => ['  missing', `${name}: ${detail}`]),
    ...(overrides.length > 0 ? [['egress', `overridden for ${overrides.join(', ')}`]] : []),
    ...(operator
      ? [
          ['operator', operator.email],
          ['password', `${operator.password} (shown this once)`],
        ]
      : []),
  ]
  return lines.map(([label = '', text = '']) => `${label.padEnd(11)}${text}`).join('\n')
}

function names(layers: readonly { name: string }[]): string {
  return layers.map(({ name }) => name).join(', ') || 'none'
}
