const END = 22
const COMMENT = 0xffff
/** The end of a zip's directory, and the pointer to the end of a large one, both of a zip in one part. */
const MARKS = [Buffer.from('504b050600000000', 'hex'), Buffer.from('504b060700000000', 'hex')]

/** Whether tools that read a zip from its end, as all do, find one here. What stands before it does not matter to them. */
export function hasZipEnd(bytes: Uint8Array): boolean {
  const tail = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).subarray(-(END + COMMENT))
  return MARKS.some((mark) => tail.includes(mark))
}
