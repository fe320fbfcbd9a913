/** Whether `data` has the bytes of `hex` at `offset`. */
export function hasMagic(data: Uint8Array, hex: string, offset = 0): boolean {
  const magic = Buffer.from(hex, 'hex')
  return data.length >= offset + magic.length && magic.equals(data.subarray(offset, offset + magic.length))
}
