import { entry, type RuleCase } from '../rule-case.ts'

const readme = (text: string) => ({
  files: { 'README.md': `${text} ${'text that is long enough for a page '.repeat(5)}` },
})
const map = (source: string, content: string) =>
  entry('var annexExtension = {}', {
    'dist/extension.js.map': JSON.stringify({ version: 3, sources: [source], sourcesContent: [content], mappings: '' }),
  })

export const code06Case: RuleCase = {
  trips: [
    entry('var isAdmin = true /*\u202e } \u2066if (isAdmin)\u2069 \u2066 begin */'),
    entry('var a\u200bb = 1'),
    entry('var \u3164 = 1'),
    { files: { 'src/index.ts': '// x\n\n\ufeffexport default {}' } },
    entry('var x = "a\ufe0f"'),
    entry('var x = "1\u200d2"'),
    entry('var x = "\u{e0100}\u{e0101}\u{e0102}"'),
    entry('var x = "\u{e0041}\u{e0042}"'),
    entry('var x = "\u0645\u06cc\u200c\u0628"'),
    entry('var \u0645\u06cc\u200c\u0628 = /a\u200cb/'),
    readme('The file is \u202egpj.exe'),
    readme('One \u2067line that is not ended\nand another\u2069'),
    map('../src/index.ts', 'const soft = "\u00ad"'),
    map('../node_modules/x/index.js', 'const x = 1 /* \u202e */'),
    map('../node_modules/x/index.js', 'eval(decode("\u200b\u200c\u200b\u200c\u200b"))'),
    map('../node_modules/x/index.js', 'eval(decode("a\u{e0100}"))'),
  ],
  passes: [
    entry('var x = "\u2714\ufe0f \ud83d\udc69\u200d\ud83d\ude80 1\ufe0f\u20e3 \u00e9\u00fc \\u202e"'),
    entry('var day = /^(\u0645\u06cc\u200c\u0628|x)/i'),
    readme('a\u200bb'),
    readme('The name \u2067\u05d0\u05d1\u05d2\u2069 is Hebrew, and \u200f so is \u05d3'),
    map('../node_modules/charsets/index.js', 'const table = "\u00a0\u00ad\u200e\u200f\u0160"'),
  ],
}
