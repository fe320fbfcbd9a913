import type { Test } from 'tap'
import type { PackageChecker } from '../../../runtime/sandbox/package-checker.ts'
import type { Sandbox } from '../../../runtime/sandbox/run.ts'
import type { TestPlace } from '../../runtime/audit/open-test-audit.ts'

/** Where a scenario is worked through. Absent guests are started for the one time. */
export interface ScenarioPlace extends TestPlace {
  guests?: { checker: PackageChecker; sandbox: Sandbox }
}

/** Something that is done in several steps, which may be cut off after any of them. */
export interface Scenario {
  name: string
  /**
   * Does it as a patient client would: what was begun by an earlier call for the same round is taken up again, until all
   * of it is done. Throws when it cannot be finished.
   */
  act(t: Pick<Test, 'teardown'>, place: ScenarioPlace, round: number): Promise<void>
}
