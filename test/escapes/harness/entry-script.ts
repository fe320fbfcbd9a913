import type { Attack, Mode } from './attack.ts'

/** An entry script, and what to call in it. */
export interface AttackScript {
  source: string
  handler: readonly string[]
  /** Pages that are pulled before the attack begins. */
  calmPages: number
}

/** What an honest extension does: one short call, and one that takes its time. */
const CALM_MEMBERS = `
calm: async (ctx) => { await ctx.kv.get('calm'); return 'fine' },
busy: async (ctx) => {
  for (let i = 0; i < 50; i++) { await ctx.kv.get('busy'); await new Promise((resolve) => setTimeout(resolve, 10)) }
  return 'fine'
},`

export const CALM_SCRIPT = entryOf(CALM_MEMBERS)
export const CALM_HANDLER = ['calm']
export const BUSY_HANDLER = ['busy']

/** The entry script that runs an attack's code in this mode; but for `load` it has the honest handlers too. */
export function attackScript({ code, script, handler }: Attack, mode: Mode): AttackScript {
  if (script !== undefined) return { source: script, handler: handler ?? ['attack'], calmPages: 0 }
  const attack = ['attack']
  switch (mode) {
    case 'load':
      return { source: `;(() => {\n${code}\n})();\n${CALM_SCRIPT}`, handler: CALM_HANDLER, calmPages: 0 }
    case 'handler':
      return {
        source: entryOf(`${CALM_MEMBERS}\nasync attack(ctx, ...args) {\n${code}\n}`),
        handler: attack,
        calmPages: 0,
      }
    case 'resumed':
      return {
        source: entryOf(`${CALM_MEMBERS}\nasync attack(ctx, ...args) {\nawait ctx.kv.get('first');\n${code}\n}`),
        handler: attack,
        calmPages: 0,
      }
    case 'page': {
      const page = `yield await (async () => {\n${code}\n})()`
      const members = `${CALM_MEMBERS}\nasync *attack(ctx, ...args) {\nyield 'calm'\n${page}\n}`
      return { source: entryOf(members), handler: attack, calmPages: 1 }
    }
  }
}

function entryOf(members: string): string {
  return `var annexExtension = { default: { kind: 'connector', ${members} } }`
}
