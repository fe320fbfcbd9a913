import { randomBytes } from 'node:crypto'
import { jpeg, png, svg, webp } from '../picture-builder.ts'
import { annex, type RuleCase, type RuleTry } from '../rule-case.ts'

const LONG = 'It brings construction sites from the ERP into the platform. '.repeat(4)
const page = (text: string, files: Record<string, string | Uint8Array> = {}): RuleTry => ({
  files: { 'README.md': `# Sites\n\n${LONG}\n\n${text}\n`, ...files },
})
const icon = (bytes: string | Uint8Array): RuleTry => ({
  ...annex((it) => Object.assign(it, { icon: 'icon' })),
  files: { icon: bytes },
})
const screenshot = (bytes: string | Uint8Array): RuleTry => ({
  ...annex((it) => Object.assign(it, { screenshots: ['shot'] })),
  files: { shot: bytes },
})
const spoilt = (at: number) => {
  const bytes = png(128)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return bytes
}

export const doc06Case: RuleCase = {
  trips: [
    page('![plan](http://images.example/plan.png)'),
    page('![plan](plan.png)'),
    page('![plan](../plan.png)'),
    page('![plan](//images.example/plan.png)'),
    page('![plan](data:image/png;base64,AAAA)'),
    page('![plan](plan.png)', { 'plan.png': 'no picture' }),
    page('![plan](plan.svg)', { 'plan.svg': svg('<script>alert(1)</script>') }),
    page('![plan][p]\n\n[p]: http://images.example/plan.png'),
    page('[![badge](http://images.example/badge.svg)](https://example.com)'),
    page('<img src="http://images.example/plan.png">'),
    page('<img alt=">" src=x.png onerror=alert(1)>'),
    page('<img/src="https://images.example/a.png"/onload="alert(1)">'),
    page('<picture><source srcset="https://i.example/a.png 1x, http://i.example/b.png 2x"></picture>'),
    page('<script>alert(1)</script>'),
    page('Some <SVG onload=alert(1)'),
    page('<iframe src="https://example.com"></iframe>'),
    page('<a href="java&#x73;cript:alert(1)">click</a>'),
    page('<a href="java\tscript:alert(1)">click</a>'),
    page('[click](javascript:alert(1))'),
    page('[click](<JavaScript:alert(1)>)'),
    page('[click](data:text/html;base64,AAAA)'),
    page('```\n<b>\n```\n<script>alert(1)</script>'),
    page('`a``<script>alert(1)</script>'),
    page('<p style="background: url(https://example.com/a.png)">'),
    ...[
      'text',
      '',
      png(32),
      png(2048),
      png(128, 64),
      jpeg(128),
      webp(48),
      webp(128).subarray(0, 20),
      Buffer.concat([webp(128), Buffer.from('more')]),
      png(128).subarray(0, -6),
      Buffer.concat([png(128), Buffer.from('more')]),
      spoilt(20),
      spoilt(50),
      png(128, 128, (parts) => parts.reverse()),
      png(128, 128, (parts) => parts.splice(1, 1)),
      png(128, 128, (parts) => parts[0]?.[1].set([3], 8)),
      png(128, 128, (parts) => parts.splice(1, 0, ['tEXt', randomBytes(600 * 1024)])),
    ].map(icon),
    ...[
      svg('<script>alert(1)</script>'),
      svg('<script xlink:href="a.js"/>', 'viewBox="0 0 1 1" xmlns:xlink="http://www.w3.org/1999/xlink"'),
      svg('<g onclick="alert(1)"/>'),
      svg('<a href="https://example.com"><path d="M0 0"/></a>'),
      svg('<image href="https://example.com/a.png"/>'),
      svg('<use href="https://example.com/a.svg#b"/>'),
      svg('<foreignObject><body/></foreignObject>'),
      svg('<animate attributeName="href" to="javascript:alert(1)"/>'),
      svg('<style>@import "https://example.com/a.css";</style>'),
      svg('<style>path { fill: url( "https://example.com/a.svg#b" ) }</style>'),
      svg('<path style="fill: u\\72l(https://example.com)"/>'),
      svg('<path fill="url(https://example.com/a.svg#b)"/>'),
      svg('<s:script xmlns:s="http://www.w3.org/2000/svg">alert(1)</s:script>'),
      svg('<g xmlns="http://www.w3.org/1999/xhtml"/>'),
      svg('<g>'),
      svg('<g></svg>'),
      svg('<![CDATA[ x ]]>'),
      svg('&ent;'),
      svg('', ''),
      svg('', 'viewBox="0 0 24 12"'),
      `<!DOCTYPE svg [<!ENTITY a "aaaa">]>${svg('&a;').slice(39)}`,
      svg('<g>'.repeat(100) + '</g>'.repeat(100)),
    ].map(icon),
    ...['text', png(9000, 10), png(128).subarray(0, -6), jpeg(640).subarray(0, 30), svg('<script/>')].map(screenshot),
  ],
  passes: [
    page('![plan](https://images.example/plan.png "The plan") and [an image](http://images.example/plan.png)'),
    page('![plan](./docs/the%20plan.png?raw=1#x)', { 'docs/the plan.png': png(640, 480) }),
    page('![plan][]\n\n[plan]: <plan.jpg>', { 'plan.jpg': jpeg(640, 480) }),
    page('<img src="https://images.example/plan.png" width="200" alt="onload=1"><br/>'),
    page('<details><summary>More</summary>\n\nText\n\n</details>'),
    page('Write `<script>alert(1)</script>` or ``<a href="javascript:x">`` nowhere.'),
    page('`a``<script>alert(1)</script>`'),
    page('```html\n<script>alert(1)</script>\n![x](http://x.example/a.png)\n```\n\n~~~~\n<iframe>\n~~~\n<svg>\n~~~~'),
    page('- a list\n\n  ```html\n  <script src="a.js"></script>\n  ```'),
    page('`@publisher/<name>` and <name> and 1 < 2, x<y, `!\\[no](http://x.example)`'),
    page('[write to us](mailto:help@acme.example) [javascript](https://example.com/javascript:)'),
    ...[
      png(64),
      png(1024),
      webp(256),
      svg('<path d="M0 0h24v24H0z" fill="#0af" style="stroke: none"/>'),
      svg('<defs><linearGradient id="a"><stop offset="0"/></linearGradient></defs><rect width="9" fill="url(#a)"/>'),
      svg('<!-- made by hand --><title>Sites &amp; hours &#169;</title><g aria-hidden="true" data-name="x"/>'),
      svg(
        '<style>.a { fill: red } /* no more */ .b { fill: url(#c) }</style><use xlink:href="#d"/>',
        'xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 512 512" width="1em"',
      ),
      '<svg xmlns="http://www.w3.org/2000/svg" width="32px" height="32"/>',
    ].map(icon),
    ...[png(1280, 800), jpeg(1280, 800), webp(1280, 800)].map(screenshot),
    { files: { 'fixtures/a/drawing.svg': svg('<script>alert(1)</script>') } },
  ],
}
