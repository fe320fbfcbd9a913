import { auditHeads } from '../../../runtime/audit/audit-documents.ts'
import { verifyChains } from '../../../runtime/audit/verify.ts'
import type { Invariant } from '../invariant.ts'

export const auditChainVerifies: Invariant = {
  name: 'the audit chain verifies',
  async check({ all, store }) {
    const organizations = new Set((await all(auditHeads)).map((head) => head.organizationId ?? ''))
    const violations: string[] = []
    for (const organization of organizations) {
      const { problems } = await verifyChains(store, organization)
      violations.push(...problems.map((found) => `${organization} ${found.node} ${found.sequence}: ${found.problem}`))
    }
    return violations
  },
}
