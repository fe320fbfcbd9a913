import { circles } from './rules/circles.ts'
import { fileSize } from './rules/file-size.ts'
import { folderOrder } from './rules/folder-order.ts'
import { knownFiles } from './rules/known-files.ts'
import { layers } from './rules/layers.ts'
import { names } from './rules/names.ts'
import { packageHomes } from './rules/package-homes.ts'
import { environment, noAny, noDefaultExport, noEnum, noEval } from './rules/patterns.ts'
import type { Rule, Sources, Violation } from './sources.ts'

/** By the name under which each reports. */
export const RULES: Readonly<Record<string, Rule>> = {
  layers,
  'folder-order': folderOrder,
  circles,
  'known-files': knownFiles,
  'package-homes': packageHomes,
  environment,
  'no-any': noAny,
  'no-enum': noEnum,
  'no-default-export': noDefaultExport,
  'no-eval': noEval,
  names,
  'file-size': fileSize,
}

export function checkArchitecture(sources: Sources): Violation[] {
  return Object.values(RULES).flatMap((rule) => rule(sources))
}

/** One line for each: `runtime/x.ts:3 layers: …`. */
export function tellViolation({ rule, file, line, message }: Violation): string {
  return `${file}${line === undefined ? '' : `:${line}`} ${rule}: ${message}`
}
