import { installing } from './installing.ts'
import { publishing } from './publishing.ts'
import { rollingBack } from './rolling-back.ts'
import type { Scenario } from './scenario.ts'
import { uninstalling } from './uninstalling.ts'
import { upgrading } from './upgrading.ts'

/** A new one is a file and a line here. */
export const SCENARIOS: readonly Scenario[] = [publishing, installing, upgrading, rollingBack, uninstalling]
