/**
 * One key for all spellings of a path that some file system takes for the same: case, composed and decomposed
 * letters, compatibility forms, ligatures, ß.
 */
export function foldPath(path: string): string {
  // Up and down again: the upper case of ß is SS, of ﬁ is FI, of the dotless ı is I.
  return path.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
}
