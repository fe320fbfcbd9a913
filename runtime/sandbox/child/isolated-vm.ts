import { createRequire } from 'node:module'
import type ivm from 'isolated-vm'

/**
 * The addon lies beside the bundle under this name. It is loaded by path and not through its package, as the child's
 * user may read its own folder and nothing else.
 */
const addon = createRequire(__filename)('./isolated_vm.node') as { ivm: typeof ivm }

export const isolatedVm: typeof ivm = addon.ivm
