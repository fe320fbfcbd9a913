import type { Rule } from './rule.ts'
import { code01 } from './rules/code-01.ts'
import { code02 } from './rules/code-02.ts'
import { code03 } from './rules/code-03.ts'
import { code04 } from './rules/code-04.ts'
import { code05 } from './rules/code-05.ts'
import { code06 } from './rules/code-06.ts'
import { code07 } from './rules/code-07.ts'
import { code08 } from './rules/code-08.ts'
import { code09 } from './rules/code-09.ts'
import { code10 } from './rules/code-10.ts'
import { code11 } from './rules/code-11.ts'
import { code12 } from './rules/code-12.ts'
import { code13 } from './rules/code-13.ts'
import { doc01 } from './rules/doc-01.ts'
import { doc02 } from './rules/doc-02.ts'
import { doc03 } from './rules/doc-03.ts'
import { doc04 } from './rules/doc-04.ts'
import { doc05 } from './rules/doc-05.ts'
import { doc06 } from './rules/doc-06.ts'
import { doc07 } from './rules/doc-07.ts'
import { man01 } from './rules/man-01.ts'
import { man02 } from './rules/man-02.ts'
import { man03 } from './rules/man-03.ts'
import { man04 } from './rules/man-04.ts'
import { man05 } from './rules/man-05.ts'
import { man06 } from './rules/man-06.ts'
import { man07 } from './rules/man-07.ts'
import { man08 } from './rules/man-08.ts'
import { man09 } from './rules/man-09.ts'
import { man10 } from './rules/man-10.ts'
import { man11 } from './rules/man-11.ts'
import { man12 } from './rules/man-12.ts'
import { man13 } from './rules/man-13.ts'
import { man14 } from './rules/man-14.ts'
import { man15 } from './rules/man-15.ts'
import { man16 } from './rules/man-16.ts'
import { man17 } from './rules/man-17.ts'
import { man18 } from './rules/man-18.ts'
import { pkg01 } from './rules/pkg-01.ts'
import { pkg02 } from './rules/pkg-02.ts'
import { pkg03 } from './rules/pkg-03.ts'
import { pkg04 } from './rules/pkg-04.ts'
import { pkg05 } from './rules/pkg-05.ts'
import { pkg06 } from './rules/pkg-06.ts'
import { pkg07 } from './rules/pkg-07.ts'
import { pkg08 } from './rules/pkg-08.ts'
import { pkg09 } from './rules/pkg-09.ts'
import { pkg10 } from './rules/pkg-10.ts'
import { pkg11 } from './rules/pkg-11.ts'
import { pkg12 } from './rules/pkg-12.ts'
import { pkg13 } from './rules/pkg-13.ts'
import { pkg14 } from './rules/pkg-14.ts'
import { pkg15 } from './rules/pkg-15.ts'
import { pkg16 } from './rules/pkg-16.ts'
import { pkg17 } from './rules/pkg-17.ts'
import { run01 } from './rules/run-01.ts'
import { run02 } from './rules/run-02.ts'
import { run03 } from './rules/run-03.ts'
import { run04 } from './rules/run-04.ts'
import { run05 } from './rules/run-05.ts'
import { sec01 } from './rules/sec-01.ts'
import { sec02 } from './rules/sec-02.ts'

/** Raised with every change of the rules: a report says which set it was made with. */
export const RULE_SET = '4'

/** Every rule. A new one is a file under `rules/` and a line here. */
export const RULES: readonly Rule[] = [
  ...[
    pkg01,
    pkg02,
    pkg03,
    pkg04,
    pkg05,
    pkg06,
    pkg07,
    pkg08,
    pkg09,
    pkg10,
    pkg11,
    pkg12,
    pkg13,
    pkg14,
    pkg15,
    pkg16,
    pkg17,
  ],
  ...[man01, man02, man03, man04, man05, man06, man07, man08, man09],
  ...[man10, man11, man12, man13, man14, man15, man16, man17, man18],
  ...[code01, code02, code03, code04, code05, code06, code07, code08, code09, code10, code11, code12, code13],
  ...[doc01, doc02, doc03, doc04, doc05, doc06, doc07, sec01, sec02],
  ...[run01, run02, run03, run04, run05],
]
