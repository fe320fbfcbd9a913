/** What publishers and reviewers do at once, on the server that MONGODB_URI names. */
import '../marketplace/publishing/interleavings.test.ts'
