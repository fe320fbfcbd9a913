/** What becomes of packages until they are published, on the server that MONGODB_URI names. */
import '../marketplace/publishing/channels.test.ts'
import '../marketplace/publishing/dependencies.test.ts'
import '../marketplace/publishing/recheck.test.ts'
import '../marketplace/publishing/submissions.test.ts'
import '../marketplace/publishing/suspended-publisher.test.ts'
