/** What keeps drafts and counts of usage, on the server that MONGODB_URI names. */
import '../marketplace/gateway/drafts.test.ts'
import '../runtime/invocations/usage.test.ts'
