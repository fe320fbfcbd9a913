import { annex, type RuleCase } from '../rule-case.ts'

const waive = (waivers: object[]) => annex((it) => Object.assign(it, { waivers }))
const reason = 'It is the public key of a test, as its docs say'

export const man18Case: RuleCase = {
  trips: [
    waive([{ rule: 'PKG-06', reason }]),
    waive([{ rule: 'ABC-99', reason }]),
    waive([{ rule: 'SEC-01', file: 'src/gone.ts', reason }]),
  ],
  passes: [waive([{ rule: 'SEC-01', file: 'src/index.ts', reason }]), waive([{ rule: 'SEC-01', reason }])],
}
