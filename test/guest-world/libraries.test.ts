import t from 'tap'
import { createLog } from '../../runtime/log.ts'
import { BACKGROUND_STEP_LIMITS } from '../../runtime/sandbox/limits.ts'
import { createPackageChecker } from '../../runtime/sandbox/package-checker.ts'
import { openInvocations } from '../runtime/invocations/open-invocations.ts'
import { openSandbox } from '../runtime/sandbox/start-guest.ts'
import { answersTo, type Features } from './libraries/features.ts'
import { libraryProject, packLibrary } from './pack-library.ts'

const LIBRARIES = ['date-fns', 'zod', 'papaparse', 'fast-xml-parser', 'decimal', 'lodash-es', 'jsonata']
/** All features at once take longer than one call of a person: a background run's limits, and slices as long. */
const LIMITS = { ...BACKGROUND_STEP_LIMITS, sliceMs: 5_000 }

t.test('libraries run in the guest as they do in Node', async (t) => {
  const checker = await createPackageChecker({ log: createLog('silent') })
  t.teardown(() => checker.close())
  const sandbox = await openSandbox(t)
  const { invocations, installCode } = await openInvocations(t)

  for (const library of LIBRARIES) {
    t.test(library, async (t) => {
      const built = await packLibrary(t.testdir(libraryProject(library)), sandbox)
      const report = await checker.check(built.bytes, {})
      const findings = report.ok ? report.value.findings : [report]
      t.same(
        findings.filter((finding) => 'severity' in finding === false || finding.severity === 'error'),
        [],
        'its package passes',
      )
      const extracted = await checker.extract(built.bytes)
      if (!extracted.ok) throw new Error(extracted.message)
      const { id, organizationId } = installCode(extracted.value)
      const use = (action: string) =>
        invocations.invoke({
          ...{ organizationId, installationId: id, handler: ['actions', action, 'run'], args: [{}] },
          ...{ reason: 'action', limits: LIMITS },
        })
      const { features } = (await import(`./libraries/${library}.ts`)) as { features: Features }
      const outcome = await use('use')
      const here = await answersTo(features)
      t.ok(Object.keys(here).length > 10, `${Object.keys(here).length} features`)
      t.same(outcome.ok ? outcome.value : outcome.failure, here)
      if (library !== 'lodash-es') return
      t.match(await use('template'), {
        ok: false,
        failure: { code: 'EvalError', message: /Code generation from strings is disallowed/ },
      })
    })
  }
})
