/** The manifest of a package. */
export const MANIFEST_FILE = 'package.json'
/** What `annex pack` writes down of the definition, so that nothing must be run to know an extension. */
export const DESCRIBE_FILE = 'annex.describe.json'
