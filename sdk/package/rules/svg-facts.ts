import type { ImageSize } from './image-size.ts'
import { readSvg, type SvgElement } from './read-svg.ts'
import { svgDanger } from './svg-danger.ts'

const MAX_BYTES = 512 * 1024

export function svgFacts(data: Buffer): ImageSize {
  if (data.length > MAX_BYTES) return { problem: `it has more than ${MAX_BYTES} bytes` }
  const read = readSvg(data)
  if ('problem' in read) return read
  for (const element of read.elements) {
    const danger = svgDanger(element)
    if (danger !== undefined) return { problem: danger }
  }
  return sizeOf(read.elements[0])
}

function sizeOf(root: SvgElement | undefined): ImageSize {
  if (root?.name !== 'svg') return { problem: 'its root is not <svg>' }
  const { attributes } = root
  const box = (attributes.get('viewBox') ?? '')
    .trim()
    .split(/[\s,]+/)
    .map(Number)
  const [width, height] =
    box.length === 4 ? [box[2], box[3]] : [lengthOf(attributes.get('width')), lengthOf(attributes.get('height'))]
  if (!isSize(width) || !isSize(height)) return { problem: 'it says no size: give it a viewBox' }
  return { width, height }
}

function lengthOf(text: string | undefined): number {
  return /^\s*\d{1,6}(\.\d{1,6})?(px)?\s*$/.test(text ?? '') ? Number.parseFloat(text ?? '') : Number.NaN
}

function isSize(size: number | undefined): size is number {
  return size !== undefined && Number.isFinite(size) && size > 0
}
