/** The order of versions, and what resolves them, on the server that MONGODB_URI names. */
import '../marketplace/publishing/version-cases.test.ts'
