import { createLog } from '../../runtime/log.ts'
import type { Dispatch } from '../../runtime/sandbox/host-call.ts'
import { createPackageChecker, type PackageChecker } from '../../runtime/sandbox/package-checker.ts'
import type { Sandbox } from '../../runtime/sandbox/run.ts'
import { createSandbox } from '../../runtime/sandbox/sandbox.ts'

/** What the runtime would log is for operators of a service; here each outcome is told by the command itself. */
export const silentLog = createLog('silent')

/** Lends the sandbox of production to `work`; every child is gone when this settles. */
export async function withSandbox<T>(work: (sandbox: Sandbox) => Promise<T>): Promise<T> {
  const sandbox = await createSandbox({ log: silentLog, maxChildren: 1 })
  try {
    return await work(sandbox)
  } finally {
    await sandbox.close()
  }
}

/** Lends the caged checker that the server uses too. */
export async function withChecker<T>(work: (checker: PackageChecker) => Promise<T>): Promise<T> {
  const checker = await createPackageChecker({ log: silentLog })
  try {
    return await work(checker)
  } finally {
    await checker.close()
  }
}

/** For runs that have no business outside: loading and describing. */
export const refuseEveryCall: Dispatch = async ({ name }) => ({
  ok: false,
  error: { code: 'PERMISSION_DENIED', message: `${name} cannot be called while the extension is described` },
})
