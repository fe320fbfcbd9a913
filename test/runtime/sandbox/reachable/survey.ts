/** Runs inside a guest, as its extension: what is there, and what of it has no business there. */
import { codeAt, createCodeAttempts, ranText } from './code-attempts.ts'
import { exerciseApi } from './exercise.ts'
import { judge, type Problem } from './judge.ts'
import { collectTrapped } from './trapped-objects.ts'
import { createWalk, type Walk } from './walk.ts'

/** What was visited, and what is wrong with it. */
export interface Look {
  objects: number
  functions: number
  /** More was there than the walk visits: it proves nothing then. */
  cut: boolean
  problems: Problem[]
}

export interface Survey extends Look {
  globals: string[]
  constructors: number
  calls: number
}

declare const annexSyntax: Record<string, unknown>

const OWN_NAMES = ['annexSyntax', 'annexExtension']
const MOST_PROBLEMS = 2_000
const globals = Reflect.ownKeys(globalThis)
  .map(String)
  .filter((name) => !OWN_NAMES.includes(name))

/** Walks, uses the API with everything patched, gives source text to every function, and judges all that was found. */
export async function survey(ctx: object): Promise<Survey> {
  const walk = startWalk()
  walk.add(ctx, 'ctx')
  walk.follow()
  // By then whoever waits for this function's own promise has asked for it, and not through a patched `then`.
  await null
  await null
  for (const [value, path] of await collectTrapped(() => exerciseApi(ctx, () => {}))) walk.addSample(value, path)
  await exerciseApi(ctx, walk.addSample)
  const problems = await importAll(walk)
  walk.follow()
  const attempts = createCodeAttempts(walk)
  // Twice, as calls give back functions that nothing else leads to.
  for (let round = 0; round < 2; round++) {
    attempts.tryAll()
    await settle(attempts.pending.splice(0))
    walk.follow()
    if (ranText()) problems.push(codeAt('some call, later'))
  }
  const { calls, constructors } = attempts.counts
  return { globals, calls, constructors, ...judgeAll(walk, [...problems, ...attempts.problems]) }
}

/** The walk alone: nothing is called but getters. */
export function look(): Look {
  const walk = startWalk()
  walk.follow()
  return judgeAll(walk, [])
}

function startWalk(): Walk {
  const walk = createWalk(new Set(OWN_NAMES.map((name): object => Reflect.get(globalThis, name))))
  walk.add(globalThis, 'globalThis')
  for (const [name, value] of Object.entries(annexSyntax)) walk.add(value, `syntax: ${name}`)
  return walk
}

function judgeAll(walk: Walk, before: Problem[]): Look {
  const judged = [...walk.found].flatMap(([object, path]) => judge(object, path))
  const functions = [...walk.found.keys()].filter((object) => typeof object === 'function').length
  const problems = [...before, ...judged].slice(0, MOST_PROBLEMS)
  return { objects: walk.found.size - functions, functions, cut: walk.isCut(), problems }
}

/** Nothing can be imported, not even code that the address itself holds. */
async function importAll(walk: Walk): Promise<Problem[]> {
  const problems: Problem[] = []
  const codeInAddress = 'data:text/javascript,globalThis.annexRan=1'
  for (const specifier of ['fs', 'node:fs', './extension.js', 'annex:prelude', codeInAddress, '']) {
    try {
      walk.add(await import(specifier), `import ${specifier}`)
      problems.push(codeAt(`import ${specifier}`))
    } catch (error) {
      walk.add(error, `import ${specifier} (thrown)`)
    }
  }
  return problems
}

/** Some promises never settle: a while is enough for the others. */
function settle(pending: Promise<unknown>[]): Promise<unknown> {
  const given: unknown = Reflect.get(globalThis, 'setTimeout')
  const pause = typeof given === 'function' ? new Promise((resolve) => given(resolve, 500)) : Promise.resolve()
  return Promise.race([Promise.all(pending), pause])
}
