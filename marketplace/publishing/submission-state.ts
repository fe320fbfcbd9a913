/** The fine state of a submission. */
export type SubmissionState =
  | 'submitted'
  | 'validating'
  | 'validation_failed'
  | 'validation_error'
  | 'in_review'
  | 'changes_requested'
  | 'rejected'
  | 'withdrawn'
  | 'published'

/** The state as the outside names it (S-337 … S-342). */
export type OutwardStatus = 'DRAFT' | 'SUBMITTED' | 'APPROVED' | 'PUBLISHED' | 'DEPRECATED' | 'REMOVED'

interface StateEntry {
  outward: OutwardStatus
  /** Whether something still happens to it without a new upload. */
  open: boolean
  /** Whether the uploader may take it back. */
  withdrawable: boolean
  nextStep: string
}

export const SUBMISSION_STATES: Readonly<Record<SubmissionState, StateEntry>> = {
  submitted: {
    outward: 'SUBMITTED',
    open: true,
    withdrawable: true,
    nextStep: 'The package waits for its check, which starts within seconds.',
  },
  validating: {
    outward: 'SUBMITTED',
    open: true,
    withdrawable: true,
    nextStep: 'The package is being checked.',
  },
  validation_failed: {
    outward: 'SUBMITTED',
    open: false,
    withdrawable: false,
    nextStep: 'Mend the errors among the findings and upload again. This upload has used up no version number.',
  },
  validation_error: {
    outward: 'SUBMITTED',
    open: false,
    withdrawable: true,
    nextStep:
      'The check broke off through no fault of the package. Try it again; this upload has used up no version number.',
  },
  in_review: {
    outward: 'SUBMITTED',
    open: true,
    withdrawable: true,
    nextStep: 'A reviewer looks at the package. Nothing to do for now.',
  },
  changes_requested: {
    outward: 'SUBMITTED',
    open: false,
    withdrawable: true,
    nextStep: 'Change what the reviewer asks for and upload it under a new version number.',
  },
  rejected: {
    outward: 'DRAFT',
    open: false,
    withdrawable: false,
    nextStep: 'The reasons say why. Answer in the messages of the review, or upload a new version.',
  },
  withdrawn: {
    outward: 'DRAFT',
    open: false,
    withdrawable: false,
    nextStep: 'Taken back. Its version number stays used: upload a new version.',
  },
  published: {
    outward: 'PUBLISHED',
    open: false,
    withdrawable: false,
    nextStep: 'It is in the catalog.',
  },
}
