import { AnnexError, type CheckStep, type Context } from '@annex/sdk'
import { addressOf, ask } from './api.ts'
import { chosenEndpoint } from './endpoints.ts'
import { readPage } from './records.ts'

const SUGGESTIONS: Partial<Record<string, string>> = {
  AUTHENTICATION_FAILED:
    'Compare authorization with what the API wants: it is the whole value, with the word Bearer or Basic.',
  CONNECTION_FAILED: 'Compare baseHost with the documentation of the API; it may also be down.',
  EGRESS_DENIED: 'Set baseHost in the configuration of the installation: an integration alone cannot open a host.',
  INVALID_ARGUMENT: 'Compare endpoint, records and paging with an answer of the API.',
  NOT_FOUND: 'Compare basePath and the path of the endpoint with the documentation of the API.',
}

/** Asks for what the configuration says, then reads one page and tells the fields of its first record. */
export async function check(ctx: Context): Promise<CheckStep[]> {
  const steps: CheckStep[] = []
  const plan: [name: string, run: () => Promise<string>][] = [['sample', () => sample(ctx)]]
  const { checkPath } = ctx.config
  if (checkPath !== undefined)
    plan.unshift([
      'reach',
      async () => `The API answered ${(await ask(ctx, addressOf(ctx, String(checkPath)))).status}`,
    ])
  for (const [name, run] of plan) {
    try {
      steps.push({ name, ok: true, message: await run() })
    } catch (error) {
      if (!(error instanceof AnnexError)) throw error
      const suggestion = SUGGESTIONS[error.code]
      const failed = { name, ok: false, code: error.code, message: error.message }
      return [...steps, suggestion ? { ...failed, suggestion } : failed]
    }
  }
  return steps
}

async function sample(ctx: Context): Promise<string> {
  const endpoint = await chosenEndpoint(ctx)
  const { records } = await readPage(ctx, endpoint)
  const [first] = records
  if (!first) return `${endpoint.name} has no records now`
  return `${endpoint.name}: ${records.length} records with ${Object.keys(first).join(', ')}`.slice(0, 1000)
}
