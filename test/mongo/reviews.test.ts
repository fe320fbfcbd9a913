/** Who judges packages, and what a verdict changes, on the server that MONGODB_URI names. */
import '../marketplace/review/automatic-approval.test.ts'
import '../marketplace/review/automatic-refusals.test.ts'
import '../marketplace/review/queue.test.ts'
import '../marketplace/review/reviews.test.ts'
import '../marketplace/review/waivers.test.ts'
