import t from 'tap'
import { bucketOf, type Histogram, latencyOf } from '../../../marketplace/analytics/latency.ts'

function histogramOf(times: readonly number[]): Histogram {
  const histogram: Histogram = {}
  for (const time of times) histogram[bucketOf(time)] = (histogram[bucketOf(time)] ?? 0) + 1
  return histogram
}

t.test('quantiles lie in the bucket of the run that they name', async (t) => {
  const times = Array.from({ length: 1_000 }, (_, at) => at)
  const { p50, p95, p99 } = latencyOf(histogramOf(times)) ?? { p50: 0, p95: 0, p99: 0 }
  t.same([p50, p95, p99], [500, 950, 990], 'even times are told exactly')
  t.same(latencyOf(histogramOf([3])), { p50: 3, p95: 5, p99: 5 })
  t.same(latencyOf(histogramOf([900_000])), { p50: 120_000, p95: 120_000, p99: 120_000 }, 'beyond the last end')
  t.equal(latencyOf({}), undefined)
})

t.test('every time has one bucket', async (t) => {
  t.same([0, 4.9, 5, 119_999, 120_000].map(bucketOf), ['under5', 'under5', 'under10', 'under120000', 'over'])
})
