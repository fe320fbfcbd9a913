/** What the kinds of extension have each for itself in a new project. */
export interface KindFiles {
  /** The kind's own part of the manifest. */
  annex: Record<string, unknown>
  description: string
  /** The README's part on what the extension does and asks for. */
  readme: string
  files: Record<string, string>
}
