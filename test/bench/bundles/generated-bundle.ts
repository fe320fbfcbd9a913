/**
 * An entry script of about `bytes` bytes as a bundler leaves it: many small modules of functions, a class and a table of
 * data, of which a run uses few, and the handler `actions.greet.run`. The same `bytes` are the same script.
 */
export function generatedBundle(bytes: number): string {
  const modules: string[] = []
  let length = HANDLERS.length
  for (let index = 0; length < bytes; index++) {
    const text = moduleText(index)
    modules.push(text)
    length += text.length
  }
  return `"use strict";var annexExtension=(()=>{\n${modules.join('')}${HANDLERS}return{default:definition}})();\n`
}

const HANDLERS = `
  var definition = { kind: "connector", streams: {}, actions: {
    greet: { async run(ctx, { name }) { return { text: \`\${ctx.config.greeting ?? "Hello"}, \${labels_0.of(name)}!\` } } },
    call: { async run(ctx, { calls }) { for (let i = 0; i < calls; i++) await ctx.kv.get("k"); return { calls } } },
  } };
`

const WORDS = ['site', 'order', 'invoice', 'worker', 'address', 'amount', 'status', 'period', 'account', 'contact']

/** About four kilobytes, most of it bodies of functions that a run never enters. */
function moduleText(index: number): string {
  const word = (offset: number) => WORDS[(index * 7 + offset * 3) % WORDS.length]
  const table = WORDS.slice(0, 4).map(
    (name, at) => `${name}_${index}: { code: ${index * 31 + at}, label: "${word(at)}" }`,
  )
  return `
  // modules/${word(0)}-${index}.ts
  var table_${index} = { ${table.join(', ')} };
${Array.from({ length: 6 }, (_, at) => functionText(`${index}_${at}`, index + at, word)).join('')}
  class Labels${index} {
    seen = new Map();
    of(name) {
      const known = this.seen.get(name);
      if (known !== undefined) return known;
      const label = name.trim() === "" ? "${word(3)} ${index}" : name.trim();
      this.seen.set(name, label);
      return label;
    }
    all() { return [...this.seen].map(([name, label]) => read${index}_0(name + ";" + label.length)); }
  }
  var labels_${index} = new Labels${index}();
`
}

function functionText(name: string, seed: number, word: (offset: number) => string | undefined): string {
  return `
  function read${name}(text, options = {}) {
    const { separator = ";", strict = ${seed % 2 === 0}, most = ${2 + (seed % 9)} } = options;
    const parts = text.split(separator).map((part) => part.trim());
    const found = { ${word(seed)}: parts[0], ${word(seed + 1)}: Number(parts[1] ?? ${seed}) };
    if (strict && parts.length > most) throw new TypeError("too many parts for ${word(seed + 2)}: " + parts.length);
    for (let at = 2; at < parts.length; at++) {
      const [key, value] = parts[at].split("=");
      found[key] = value === undefined ? true : /^[0-9]+$/.test(value) ? Number(value) : value;
    }
    return { ...found, known: Object.hasOwn(found, "${word(seed + 3)}") };
  }`
}
