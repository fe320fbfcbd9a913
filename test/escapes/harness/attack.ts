import type { Json } from '@annex/sdk/json'
import type { ActiveInstallation } from '../../../runtime/installation-source.ts'
import type { EndClass, StepLimits } from '../../../runtime/sandbox/run.ts'
import type { Control } from './control.ts'

/**
 * Where an attack's code runs, the hardest first: after an awaited host call, in a generator's second page, in the
 * first slice of a handler, at the top level of the entry script (where there is no `ctx`, no `await` and no `return`
 * that anybody hears).
 */
export const MODES = ['resumed', 'page', 'handler', 'load'] as const
export type Mode = (typeof MODES)[number]

/** For code that needs neither `ctx` nor `await`. */
export const ANYWHERE: readonly Mode[] = MODES
/** For code that needs `ctx`; what an attack gets that says nothing. */
export const IN_HANDLERS: readonly Mode[] = ['resumed', 'page', 'handler']

/** `crowded`: other runs of the same installation and of a neighbour in the same child process are under way. */
export const COMPANIES = ['crowded', 'alone'] as const
export type Company = (typeof COMPANIES)[number]

/** One idea, as data. */
export interface Attack {
  title: string
  /** Guest statements with `ctx` and `args` in scope; what they return is the run's value. */
  code: string
  /** The classes with which the run may end. Empty or absent: it must end well, and `harmless` judges its value. */
  ends?: readonly EndClass[]
  /** Whether the value of a run that ended well shows that nothing came of the attack. Absent: it must not end well. */
  harmless?: (value: Json) => boolean
  /** Shows that the same code does harm where the defence is off. */
  control: Control
  /** Modes that fit the code. */
  modes?: readonly Mode[]
  /** A whole entry script in the place of one made of `code`: `handler` names what is called. Its only mode is `load`. */
  script?: string
  handler?: readonly string[]
  args?: readonly Json[]
  /** How many runs the attack takes, one after the other, and how many of them at once; each 1 if absent. */
  times?: number
  atOnce?: number
  /** When each run is cancelled, in milliseconds after its start. */
  cancelAfterMs?: number
  limits?: Partial<StepLimits>
  /** Grants, hosts and the like of the installation that attacks. */
  installation?: Partial<ActiveInstallation>
}

/** The modes of an attack, the hardest first. */
export function modesOf({ modes = IN_HANDLERS, script }: Attack): readonly Mode[] {
  if (script !== undefined) return ['load']
  return MODES.filter((mode) => modes.includes(mode))
}
