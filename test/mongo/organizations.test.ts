/** Who belongs to an organization, on the server that MONGODB_URI names. */
import '../marketplace/gateway/organizations.test.ts'
