/** What the person at the terminal reads. */
const colours = process.stdout.isTTY && !process.env.NO_COLOR
const paint = (code: number, text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text)

export const tell = {
  act: (number: number, title: string) => console.log(`\n${paint(1, `${number}. ${title}`)}`),
  line: (text: string) => console.log(`   ${text}`),
  /** Text of several lines, set apart from the demo's own words. */
  quote: (text: string) => {
    for (const line of text.trimEnd().split('\n')) console.log(paint(2, `   | ${line}`))
  },
  good: (text: string) => console.log(`   ${paint(32, 'ok')} ${text}`),
  bad: (text: string) => console.log(`   ${paint(31, 'FAILED')} ${text}`),
  plain: (text: string) => console.log(text),
}
