import type { LinkAnswer } from '@annex/package/outside'
import type { RuleCase, RuleTry } from '../rule-case.ts'

const LONG = 'It brings construction sites from the ERP into the platform. '.repeat(4)
const page = (text: string): RuleTry => ({
  files: { 'README.md': `# Sites\n\n${LONG}\n\n${text}\n`, 'docs/setup.md': 'Set it up' },
})
const answers = (answer: LinkAnswer['answer']): RuleTry => ({
  outside: { links: [{ url: 'https://acme.example', answer }] },
})

export const doc07Case: RuleCase = {
  trips: [
    page('[site](http://acme.com)'),
    page('See http://acme.com/help.'),
    page('<http://acme.com>'),
    page('<a href="http://acme.com">site</a>'),
    page('[site][s]\n\n[s]: http://acme.com "The site"'),
    page('[how](docs/missing.md)'),
    page('[how](/docs/setup.md)'),
    page('[how](../../other/README.md)'),
    ...[404, 410, 'unreachable' as const].map(answers),
  ],
  passes: [
    page('[site](https://acme.com) and https://acme.com/help, <https://acme.com>'),
    page('`curl http://acme.com` and\n\n```\nhttp://acme.com\n```'),
    page('[here](#sites) [how](docs/setup.md#first) [all](docs/) [mail](mailto:a@acme.com)'),
    page('Open http://localhost:3000 or http://127.0.0.1:8080/x'),
    page('a\\[b](c) [not closed(http and [x] (y)'),
    ...[200, 301, 403, 429, 503].map(answers),
    { outside: { links: [] } },
  ],
}
