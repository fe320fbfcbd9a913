/** What an image says of itself, or why it is none to be shown. Pixels; the ratio alone counts for SVG. */
export type ImageSize = { width: number; height: number } | { problem: string }
