/**
 * Words that stand in every text beside those that its author wrote, so that a text and a filter meet in one look-up. They
 * begin with a letter for private use, which no search is read as, so nobody can type them.
 */
export function groupMark(group: number): string {
  return `"\u{E000}g${group}"`
}

export function publisherMark(publisher: string): string {
  return `"\u{E000}p${publisher.replaceAll('-', '\u{E001}')}"`
}
