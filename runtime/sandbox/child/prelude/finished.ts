/** Ends the output with which a run comes to its end. White space to JSON; to the child, leave to let go of the context. */
export const FINISHED = '\n'
