import { type Options, Parser, type Program, type Token } from 'acorn'

/** No locations: three more objects for every node would double the memory. Offsets tell the line as well. */
const OPTIONS: Options = { ecmaVersion: 'latest', sourceType: 'script' }

/** What acorn keeps of a scope; beyond its types. It searches the lists with `indexOf` at every declaration. */
interface Scope {
  var: NameList
  lexical: NameList
  functions: NameList
}

interface ScopingParser {
  scopeStack: Scope[]
  enterScope(flags: number): void
  parse(): Program
}

const Base = Parser as unknown as new (options: Options, text: string) => ScopingParser

/**
 * acorn with names kept in sets: with its arrays a script of a megabyte of `let` names takes minutes, the square of
 * their number. Throws a SyntaxError with `loc` for what is no classic script, or for what is nested too deep.
 */
class ScriptParser extends Base {
  override enterScope(flags: number): void {
    super.enterScope(flags)
    const scope = this.scopeStack.at(-1)
    if (scope) Object.assign(scope, { var: new NameList(), lexical: new NameList(), functions: new NameList() })
  }
}

/** As much of an array as acorn uses. */
class NameList {
  readonly #names = new Set<string>()
  /** The parameter of a catch clause is the first name of its scope. */
  0: string | undefined = undefined

  push(name: string): void {
    if (this.#names.size === 0) this[0] = name
    this.#names.add(name)
  }

  indexOf(name: string): number {
    return this.#names.has(name) ? 0 : -1
  }
}

/** The tree of a classic script. */
export function parseScript(text: string): Program {
  return new ScriptParser(OPTIONS, text).parse()
}

/** Throws a SyntaxError for what is neither a module nor a script, of Node's kind or any other. */
export function parseLoosely(text: string): void {
  const options: Options = { ecmaVersion: 'latest', allowHashBang: true, allowReturnOutsideFunction: true }
  try {
    new ScriptParser({ ...options, sourceType: 'module' }, text).parse()
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    new ScriptParser({ ...options, sourceType: 'script' }, text).parse()
  }
}

/** The tree of a classic script and what it is written with, in the order of the text. */
export function parseTokens(text: string): { program: Program; tokens: Token[] } {
  const tokens: Token[] = []
  return { program: new ScriptParser({ ...OPTIONS, onToken: tokens }, text).parse(), tokens }
}
