import { expect, test } from '@jest/globals'
import { comparisonPlot } from '../../../bench/comparison-plot'
import { withRow, type Results } from '../../../bench/results'
import { groupsOf, tablesOf } from '../../../bench/table'
import { row, run, side } from './rows'

const results: Results = {
  machine: { cpu: 'CPU', cores: 2, memoryGigabytes: 8, kernel: '6', node: 'v24', servers: { sshd: '9' }, link: 'link' },
  scale: 1,
  rows: [
    row('20 ms', side('ours', [run(2), run(4)]), side('lftp', [run(8)], { variant: '16', requests: 400 })),
    row('0 ms', side('ours', [run(1), run(1)]), side('lftp', [run(120, { isCapped: true })])),
    row('0 ms', side('ours', [run(2), run(2)]), side('rclone', [run(1, { fault: '1 missing (a)' })]))
  ],
  linearity: [],
  firstBytes: []
}

test('the runs of the action in turn with each peer are one entry, and a ratio is to those in the same row', () => {
  const groups = groupsOf(results.rows, { name: 'sftp-cloud', peers: ['lftp', 'rclone'] })
  expect(groups.map(({ distance }) => distance)).toEqual(['0 ms', '20 ms'])
  expect(groups[0]?.entries.map(({ side: { client, runs }, ratio }) => [client, runs.length, ratio])).toEqual([
    ['ours', 4, ''],
    ['lftp', 1, '> 120'],
    ['rclone', 1, '']
  ])
})

test('the table has a line for each client, and says what failed', () => {
  const lines = tablesOf(results).split('\n')
  expect(lines).toContain('| 0 ms | **ours** | 1.50 | 1.00–2.00 |  | 0.750 | 100 |  |  |')
  expect(lines).toContain('| 0 ms | lftp | > 120 |  | > 120 |  |  |  |  |')
  expect(lines).toContain('| 0 ms | rclone | failed |  |  |  |  |  |  |')
  expect(lines).toContain('| 20 ms | lftp 16 | 8.00 | 8.00–8.00 | 2.67 | 4.00 | 100 | 400 | 4.00 |')
  expect(lines).toContain('- 0 ms, rclone: 1 of 1 runs failed. 1 missing (a)')
})

test('the plot shows each client, however it did', () => {
  const plot = comparisonPlot(results)
  for (const said of ['>lftp<', '>rclone<', '>failed<', '>&gt;120 · &gt;120×<', '>8.00 · 2.67×<'])
    expect(plot).toContain(said)
})

test('a row that is made again takes the place of the old one', () => {
  const again = row('20 ms', side('ours', [run(1)]), side('lftp', [run(2)]))
  const { rows } = withRow(results, again)
  expect(rows).toHaveLength(3)
  expect(rows).toContain(again)
})
