import { PACKAGE_LIMITS } from '@annex/package/limits'
import { Type } from '@sinclair/typebox'
import type { App } from './app-type.ts'

/** Bytes of a body that is a package. */
export const PACKAGE_BODY_LIMIT = PACKAGE_LIMITS.compressed

/** For a route's `body`. */
export const PackageBody = Type.Unsafe<Uint8Array>({ type: 'string', format: 'binary', description: 'The .tgz' })

/** Routes of `scope`, which is to be one of its own, read packages and nothing else. */
export function readPackages(scope: App): void {
  const limits = { parseAs: 'buffer', bodyLimit: PACKAGE_BODY_LIMIT } as const
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('application/gzip', limits, (_request, body, done) => done(null, body))
  const others = scope.validatorCompiler
  if (!others) throw new Error('the application has no validators')
  scope.setValidatorCompiler((route) => (route.httpPart === 'body' ? isPackage : others(route)))
}

/** A validator as Fastify calls it. What the bytes are is for the caged check to say. */
function isPackage(body: unknown): { value: unknown } | { error: Error } {
  if (body instanceof Uint8Array) return { value: body }
  return { error: new Error('the body is the package itself: a gzipped tarball') }
}
