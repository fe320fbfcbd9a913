import { HOST_CALLS, type HostCallArguments, type HostCallDeclaration, type HostCallName } from '@annex/sdk/host-api'
import type { Json } from '@annex/sdk/json'
import { hasReached, type PlatformVersion } from '@annex/sdk/platform-version'
import { Ajv, type ValidateFunction } from 'ajv'
import type { HostCall } from '../sandbox/host-call.ts'
import { checkBounds } from './bounded-json.ts'

/** A call whose name is known and whose arguments fit its schema. */
export type KnownCall = { [N in HostCallName]: { name: N; args: HostCallArguments<N> } }[HostCallName]

/** A request body of 1 MiB in base64, and the rest of the call. */
const ARGUMENT_BOUNDS = { bytes: 2 * 1024 * 1024, depth: 64 }

const ajv = new Ajv({ strict: true, allErrors: false })
const declarations = new Map<string, HostCallDeclaration>(Object.entries(HOST_CALLS))

/** Reads a call as a guest on this version of the platform sent it; a text says what is wrong with it. */
export function validateCall(
  { name, args }: HostCall,
  platform: PlatformVersion,
): { call: KnownCall } | { problem: string } {
  const declared = declarations.get(name)
  if (!declared || (declared.since && !hasReached(platform, declared.since)))
    return { problem: `there is no host call ${JSON.stringify(name.slice(0, 64).toWellFormed())}` }
  const bounds = checkBounds(args, ARGUMENT_BOUNDS)
  if (bounds) return { problem: `the arguments of ${name} are ${bounds}` }
  const validate = validatorOf(declared.arguments)
  if (!validate(args)) {
    const [error] = validate.errors ?? []
    return {
      problem: `${name}: ${error?.instancePath || 'the arguments'} ${error?.message ?? 'do not fit'}`.slice(0, 300),
    }
  }
  // Just held against the schema of this very name.
  return { call: { name, args } as KnownCall }
}

/** What is wrong with an answer of ours; nothing when it is as declared. */
export function answerProblem(name: HostCallName, value: Json): string | undefined {
  const validate = validatorOf(HOST_CALLS[name].answer)
  if (validate(value)) return undefined
  const [error] = validate.errors ?? []
  return `${error?.instancePath || 'the answer'} ${error?.message ?? 'does not fit'}`
}

/** Compiled at the first call and kept by Ajv: all of them take a good part of a start. */
function validatorOf(schema: object): ValidateFunction {
  return ajv.compile(schema)
}
