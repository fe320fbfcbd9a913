/** Who may publish under a name, and what proves it, on the server that MONGODB_URI names. */
import '../marketplace/publishing/domain-verification.test.ts'
import '../marketplace/publishing/publisher-invitations.test.ts'
import '../marketplace/publishing/publishers.test.ts'
