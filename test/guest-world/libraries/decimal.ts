import { Decimal } from 'decimal.js'
import type { Features } from './features.ts'

export const features: Features = {
  arithmetic: () =>
    ['0.1', '1e-30', '-12.50', '99999999999999999999.99'].map((x) =>
      [new Decimal(x).plus('0.2'), new Decimal(x).times(3), new Decimal(x).minus(1), new Decimal(x).div(7)].map(String),
    ),
  'what numbers cannot': () => [new Decimal(0.1).plus(0.2).equals(0.3), Decimal.sum(0.1, 0.2, 0.3).toString()],
  rounding: () =>
    [
      Decimal.ROUND_UP,
      Decimal.ROUND_DOWN,
      Decimal.ROUND_HALF_UP,
      Decimal.ROUND_HALF_EVEN,
      Decimal.ROUND_FLOOR,
      Decimal.ROUND_CEIL,
    ].map((mode) => ['2.345', '-2.345', '2.355', '2.5'].map((x) => new Decimal(x).toDecimalPlaces(2, mode).toString())),
  forms: () => [
    new Decimal('1234.5').toFixed(2),
    new Decimal('1234.5').toExponential(3),
    new Decimal('1e21').toString(),
    new Decimal('1e21').toFixed(),
    new Decimal('0.0000001').toPrecision(2),
    new Decimal(255).toHex(),
    new Decimal(5).toBinary(),
    new Decimal(8).toOctal(),
  ],
  'other bases': () => [
    new Decimal('0xff').toString(),
    new Decimal('0b101').toString(),
    new Decimal('0x1.8p3').toString(),
  ],
  powers: () =>
    [
      new Decimal(2).pow(100),
      new Decimal(2).sqrt(),
      new Decimal(27).cbrt(),
      new Decimal(2).pow('0.5'),
      Decimal.exp(1),
      new Decimal(10).ln(),
      Decimal.log10(1000),
      new Decimal(8).log(2),
    ].map(String),
  trigonometry: () =>
    [
      Decimal.sin(1),
      Decimal.cos(1),
      Decimal.tan(1),
      Decimal.asin('0.5'),
      Decimal.acos('0.5'),
      Decimal.atan(1),
      Decimal.atan2(1, -1),
      Decimal.sinh(1),
      Decimal.hypot(3, 4),
    ].map(String),
  precision: () => {
    const Wide = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_EVEN })
    return [new Wide(1).div(3), Wide.acos(-1), new Decimal(1).div(3)].map(String)
  },
  special: () =>
    [
      new Decimal('Infinity').plus(1),
      new Decimal('NaN'),
      new Decimal(-0),
      new Decimal(1).div(0),
      new Decimal(0).div(0),
    ].map(String),
  nonsense: () => new Decimal('12,5'),
  comparisons: () => [
    new Decimal(2).cmp(1),
    Decimal.max(1, '3', 2).toString(),
    new Decimal('1.10').eq('1.1'),
    new Decimal(5).isInteger(),
    new Decimal(-3).isNegative(),
  ],
  remainders: () =>
    [
      new Decimal(-7).mod(3),
      new Decimal('10.5').divToInt(3),
      Decimal.mod(7, -3),
      new Decimal('123.456').toNearest('0.05'),
    ].map(String),
  fractions: () => new Decimal(Math.PI).toFraction(1000).map(String),
  json: () => JSON.stringify({ amount: new Decimal('12.30') }),
  random: () => [Decimal.random(20).lt(1), Decimal.random(20).decimalPlaces() <= 20],
  'random from crypto': () => {
    const Safe = Decimal.clone({ crypto: true })
    return Safe.random(10).lt(1)
  },
}
