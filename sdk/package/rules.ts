import type { Rule } from './rule.ts'
import { code01 } from './rules/code-01.ts'
import { code03 } from './rules/code-03.ts'
import { code06 } from './rules/code-06.ts'
import { doc01 } from './rules/doc-01.ts'
import { doc03 } from './rules/doc-03.ts'
import { man01 } from './rules/man-01.ts'
import { man02 } from './rules/man-02.ts'
import { man03 } from './rules/man-03.ts'
import { man04 } from './rules/man-04.ts'
import { man06 } from './rules/man-06.ts'
import { man08 } from './rules/man-08.ts'
import { man11 } from './rules/man-11.ts'
import { man13 } from './rules/man-13.ts'
import { man14 } from './rules/man-14.ts'
import { man16 } from './rules/man-16.ts'
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
import { pkg15 } from './rules/pkg-15.ts'
import { sec01 } from './rules/sec-01.ts'

/** Raised with every change of the rules: a report says which set it was made with. */
export const RULE_SET = '3'

/** Every rule. A new one is a file under `rules/` and a line here. */
export const RULES: readonly Rule[] = [
  ...[pkg01, pkg02, pkg03, pkg04, pkg05, pkg06, pkg07, pkg08, pkg09, pkg10, pkg11, pkg12, pkg13, pkg15],
  ...[man01, man02, man03, man04, man06, man08, man11, man13, man14, man16],
  ...[code01, code03, code06, doc01, doc03, sec01],
]
