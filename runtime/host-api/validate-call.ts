import { HOST_CALLS, type HostCallArguments, type HostCallName } from '@annex/sdk/host-api'
import { Ajv, type ValidateFunction } from 'ajv'
import type { HostCall } from '../sandbox/host-call.ts'
import { checkBounds } from './bounded-json.ts'

/** A call whose name is known and whose arguments fit its schema. */
export type KnownCall = { [N in HostCallName]: { name: N; args: HostCallArguments<N> } }[HostCallName]

/** A request body of 1 MiB in base64, and the rest of the call. */
const ARGUMENT_BOUNDS = { bytes: 2 * 1024 * 1024, depth: 64 }

const ajv = new Ajv({ strict: true, allErrors: false })
const validators = new Map<string, ValidateFunction>(
  Object.entries(HOST_CALLS).map(([name, schema]) => [name, ajv.compile(schema)]),
)

/** Reads a call as the guest sent it; a text says what is wrong with it. */
export function validateCall({ name, args }: HostCall): { call: KnownCall } | { problem: string } {
  const validate = validators.get(name)
  if (!validate) return { problem: `there is no host call ${JSON.stringify(name.slice(0, 64).toWellFormed())}` }
  const bounds = checkBounds(args, ARGUMENT_BOUNDS)
  if (bounds) return { problem: `the arguments of ${name} are ${bounds}` }
  if (!validate(args)) {
    const [error] = validate.errors ?? []
    return {
      problem: `${name}: ${error?.instancePath || 'the arguments'} ${error?.message ?? 'do not fit'}`.slice(0, 300),
    }
  }
  // Just held against the schema of this very name.
  return { call: { name, args } as KnownCall }
}
