/**
 * French codes have five digits: `44 000`, `F-44000` and `1000` (Ain, its leading zero lost in a spreadsheet) are made
 * so. What does not look French stays as it is.
 */
export function cleanPostalCode(text: string): string {
  const digits = text.replace(/^(F|FR)[\s-]*/i, '').replace(/\s/g, '')
  return /^\d{4,5}$/.test(digits) ? digits.padStart(5, '0') : text
}
