import type { RuleCase } from '../rule-case.ts'

const holding = (...paths: string[]) => ({ files: Object.fromEntries(paths.map((path) => [path, 'text'])) })

export const pkg14Case: RuleCase = {
  trips: [
    ...['.hidden', 'src/.cache/x.js', '.editorconfig', '.git/config', 'src/.svn/entries', '.hg/store/x', 'CVS/Entries'],
    ...['__MACOSX/._icon.png', 'src/._index.ts', '.DS_Store', 'src/Thumbs.db', 'desktop.ini'],
    ...['src/index.ts~', 'index.ts.orig', 'src/index.js.BAK', '#notes.md#', '.index.ts.swp', 'x.rej', 'x.~1~'],
  ].map((path) => holding(path)),
  passes: [
    holding('src/a.b.ts', 'src/a~b.ts', 'src/cvs.ts', 'cvs', 'git/x.ts', 'src/thumbs.db.ts', 'original', 'C#.md'),
    holding('macosx/x', 'src/bak.ts', 'src/backup.ts', 'a/orig/x.ts', 'src/swp'),
  ],
}
