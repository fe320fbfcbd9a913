import { shown } from '../finding.ts'
import type { SvgElement } from './read-svg.ts'

const SVG = 'http://www.w3.org/2000/svg'
const XLINK = 'http://www.w3.org/1999/xlink'

/** Elements that draw, and nothing else: no scripts, no foreign content, no animation of attributes, no embedding, no links. */
const ELEMENTS = new Set(
  [
    'svg g defs symbol use title desc metadata style switch',
    'path rect circle ellipse line polyline polygon text tspan textPath',
    'linearGradient radialGradient stop pattern clipPath mask marker filter',
    'feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap',
    'feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode',
    'feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence',
  ].flatMap((line) => line.split(' ')),
)
const ATTRIBUTES = new Set(
  [
    'id class style xmlns xmlns:xlink version baseProfile viewBox preserveAspectRatio transform role lang tabindex',
    'xml:space xml:lang href xlink:href enable-background overflow display visibility opacity color',
    'x y x1 x2 y1 y2 cx cy r rx ry fx fy fr dx dy d points width height pathLength rotate textLength lengthAdjust',
    'fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-miterlimit',
    'stroke-dasharray stroke-dashoffset vector-effect paint-order shape-rendering color-rendering image-rendering',
    'text-rendering color-interpolation color-interpolation-filters mix-blend-mode isolation clip clip-path clip-rule',
    'clipPathUnits mask maskUnits maskContentUnits mask-type filter filterUnits primitiveUnits marker-start marker-mid',
    'marker-end markerUnits markerWidth markerHeight refX refY orient gradientUnits gradientTransform spreadMethod',
    'offset stop-color stop-opacity patternUnits patternContentUnits patternTransform font-family font-size',
    'font-style font-weight font-variant font-stretch letter-spacing word-spacing text-anchor text-decoration',
    'dominant-baseline alignment-baseline baseline-shift writing-mode direction startOffset method spacing side',
    'in in2 result type values mode operator k1 k2 k3 k4 stdDeviation edgeMode flood-color flood-opacity order',
    'kernelMatrix divisor bias targetX targetY preserveAlpha surfaceScale specularConstant specularExponent',
    'diffuseConstant lighting-color scale xChannelSelector yChannelSelector radius baseFrequency numOctaves seed',
    'stitchTiles slope intercept amplitude exponent tableValues azimuth elevation z pointsAtX pointsAtY pointsAtZ',
    'limitingConeAngle focusable requiredFeatures systemLanguage media',
  ].flatMap((line) => line.split(' ')),
)

/** Why an element is not one of a plain drawing. */
export function svgDanger({ name, attributes, text }: SvgElement): string | undefined {
  // A prefix can stand for any namespace, SVG's own among them.
  if (!ELEMENTS.has(name)) return `it has the element ${shown(name)}, which no plain drawing needs`
  for (const [attribute, value] of attributes) {
    const problem = attributeDanger(attribute, value)
    if (problem !== undefined) return problem
  }
  return name === 'style' && reaches(text) ? 'its style loads something from elsewhere' : undefined
}

function attributeDanger(name: string, value: string): string | undefined {
  if (/^(data|aria)-[\w-]+$/.test(name)) return undefined
  if (!ATTRIBUTES.has(name)) return `it has the attribute ${shown(name)}, which no plain drawing needs`
  if (name === 'xmlns') return value === SVG ? undefined : 'its namespace is not that of SVG'
  if (name === 'xmlns:xlink') return value === XLINK ? undefined : 'its namespace is not that of SVG'
  if (name === 'href' || name === 'xlink:href')
    return value.startsWith('#') ? undefined : 'it leads to something outside itself'
  return reaches(value) ? `its attribute ${shown(name)} leads to something outside itself` : undefined
}

/** Styles that load, or that hide what they do behind escapes. */
function reaches(style: string): boolean {
  return /url\(["']?[^"'#]|@import|image-set|expression\(|javascript:|[\\<]/i.test(style.replace(/\s+/g, ''))
}
