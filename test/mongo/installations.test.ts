/** From a consent to what runs with it, on the server that MONGODB_URI names. */
import '../marketplace/installations/dependencies.test.ts'
import '../marketplace/installations/installations.test.ts'
import '../marketplace/installations/narrowed-grants.test.ts'
import '../marketplace/installations/over-http.test.ts'
