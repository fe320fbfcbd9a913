import { AnnexError, type CheckStep, type Context } from '@annex/sdk'
import { ask, askForSites } from './costructor-api.ts'

const SUGGESTIONS: Partial<Record<string, string>> = {
  CONNECTION_FAILED: 'Costructor may be down: look at its status page, then test again.',
  AUTHENTICATION_FAILED: 'Make a new key in Costructor (Settings, API keys) and paste it here.',
  RATE_LIMIT_EXCEEDED: 'Too many programs use this key at once: wait, or make a key for Annex alone.',
  EGRESS_DENIED: 'Install the extension again and let it reach api.costructor.example.',
}

/** Reaches the ERP, shows the key, asks for one site. Stops at the first step that fails. */
export async function check(ctx: Context): Promise<CheckStep[]> {
  const steps: CheckStep[] = []
  const plan: [name: string, run: () => Promise<string>][] = [
    ['reach', () => expectOk(ctx, '/status', 'Costructor answers')],
    ['auth', () => expectOk(ctx, '/me', 'The API key is accepted')],
    ['sample', () => askForSites(ctx, { limit: '1' }).then(({ items }) => `Read ${items.length} site`)],
  ]
  for (const [name, run] of plan) {
    const step = await take(name, run)
    steps.push(step)
    if (!step.ok) break
  }
  return steps
}

async function expectOk(ctx: Context, path: string, message: string): Promise<string> {
  const { ok, status } = await ask(ctx, path)
  if (!ok) throw new AnnexError('CONNECTION_FAILED', `Costructor answered ${status} to ${path}`)
  return message
}

async function take(name: string, run: () => Promise<string>): Promise<CheckStep> {
  const start = Date.now()
  try {
    const message = await run()
    return { name, ok: true, ms: Date.now() - start, message }
  } catch (error) {
    if (!(error instanceof AnnexError)) throw error
    const suggestion = SUGGESTIONS[error.code]
    const failed = { name, ok: false, ms: Date.now() - start, code: error.code, message: error.message }
    return suggestion ? { ...failed, suggestion } : failed
  }
}
