/** How a step of an installation or an upgrade ended. */
export type StepOutcome = { ok: true } | { ok: false; code: string; message: string; retryable: boolean }
