/** Steps up out of the extension's folder, to where its libraries happen to be installed. */
const UP_TO_LIBRARIES = /^(?:\.\.\/)+(?=node_modules\/)/

/**
 * Takes the place of the extension's folder out of a bundle and its map: a library is called `node_modules/…`,
 * whether it is installed in the folder or further up. In the script such paths stand in comments and as names of CommonJS
 * wrappers, each at the start of its own line.
 */
export function portablePaths(script: string, map: string): { source: string; sourceMap: string } {
  const source = script.replace(/^(\s{0,8}(?:\/\/ |"))(?:\.\.\/)+(?=node_modules\/)/gm, '$1')
  const parsed = JSON.parse(map) as { sources: string[] }
  // Paths of the map are relative to the entry, which stands one folder down.
  parsed.sources = parsed.sources.map((path) => path.replace(UP_TO_LIBRARIES, ''))
  return { source, sourceMap: `${JSON.stringify(parsed)}\n` }
}
