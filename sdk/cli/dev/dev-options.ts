import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Json, JsonObject } from '@annex/sdk/json'
import { usageError } from '../cli-error.ts'
import type { CommandCall } from '../command.ts'

/** What `annex dev` was asked for; files are read anew at each run. */
export interface DevOptions {
  folder: string
  /** A handler's path, or the name of a fixture. */
  handler?: string
  input?: Json
  config?: JsonObject
  credentials?: Record<string, string>
  /** The name of a fixture, or a file. */
  upstream?: string
}

export async function devOptions(call: CommandCall): Promise<DevOptions> {
  const [handler] = call.positionals
  const upstream = call.text('upstream')
  const input = await jsonOption(call, 'input')
  const config = objectOf('config', await jsonOption(call, 'config'))
  const credentials = objectOf('credentials', await jsonOption(call, 'credentials'))
  for (const [name, value] of Object.entries(credentials ?? {})) {
    if (typeof value !== 'string') throw usageError(`--credentials: ${name} is not a text`, 'Each credential is a text')
  }
  return {
    folder: call.cwd,
    ...(handler !== undefined && { handler }),
    ...(upstream !== undefined && { upstream }),
    ...(input !== undefined && { input }),
    ...(config && { config }),
    ...(credentials && { credentials: credentials as Record<string, string> }),
  }
}

/** A file with JSON, or the JSON itself. */
async function jsonOption(call: CommandCall, name: string): Promise<Json | undefined> {
  const given = call.text(name)
  if (given === undefined) return undefined
  const path = resolve(call.cwd, given)
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
  try {
    return JSON.parse(isFile ? await readFile(path, 'utf8') : given) as Json
  } catch (error) {
    const what = isFile ? `${given} is not JSON` : `"${given}" is neither a file nor JSON`
    throw usageError(`--${name}: ${what}: ${(error as Error).message}`, `Write --${name} <file>, or the JSON in quotes`)
  }
}

function objectOf(name: string, value: Json | undefined): JsonObject | undefined {
  if (value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))) return value
  throw usageError(`--${name} needs an object`, `Write --${name} '{ "name": "value" }'`)
}
