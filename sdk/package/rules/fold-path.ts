/**
 * One key for all spellings of a path that some file system takes for the same: case, composed and decomposed
 * letters, compatibility forms, ligatures, ß, the Turkish i with and without its dot.
 */
export function foldPath(path: string): string {
  // There and back twice: the upper case of ß is SS, of ﬁ is FI, of the dotless ı is I; that of ẞ is ẞ, until it was ß.
  const folded = path.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase()
  return folded.replaceAll('i\u0307', 'i').normalize('NFKC')
}
