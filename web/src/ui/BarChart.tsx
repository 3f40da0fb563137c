import { Box, Group, Text, VisuallyHidden } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useId, useState, type KeyboardEvent, type PointerEvent } from 'react';

import { barAt, labelStep, stack, ticks, total, type Bar, type BarSeries } from './barChart';
import classes from './BarChart.module.css';
import { useFormat } from './Figures';

interface BarChartProps {
  /** What the chart shows, in a sentence with its most important figures. */
  summary: string;
  /** What the first column of the table is called: "Hour". */
  axis: string;
  series: readonly BarSeries[];
  bars: readonly Bar[];
  /** Said under the chart while no bar is chosen. */
  hint: string;
  height?: number;
  /** A bar was chosen by click or Enter. */
  onPick?: (at: number) => void;
}

/** Room for the numbers on the left and the labels below, in pixels. */
const LEFT = 40;
const BELOW = 22;
const ABOVE = 8;

const shade = (color: string) => `light-dark(var(--mantine-color-${color}-7), var(--mantine-color-${color}-5))`;

/**
 * Stacked bars. People who see it point at a bar or walk over them with the arrow keys; a screen reader has the summary,
 * the value of each bar while walking, and the same figures as a table.
 */
export function BarChart({ summary, axis, series, bars, hint, height = 200, onPick }: BarChartProps) {
  const { ref, width } = useElementSize();
  const [chosen, choose] = useState<number>();
  const hatch = useId();
  const format = useFormat();
  const inner = Math.max(0, width - LEFT);
  const high = height - BELOW - ABOVE;
  const lines = ticks(Math.max(0, ...bars.map((bar) => total(bar, series))));
  const top = lines.at(-1) ?? 1;
  const slot = bars.length === 0 ? 0 : inner / bars.length;
  const step = labelStep(bars.length, inner);
  const text = (at: number) => {
    const bar = bars[at];
    return bar ? `${bar.full}: ${series.map((each) => `${each.label} ${format.number(bar.values[each.key] ?? 0)}`).join(', ')}` : '';
  };
  const point = (event: PointerEvent<HTMLElement>) => choose(barAt(event.clientX - event.currentTarget.getBoundingClientRect().left, bars.length, inner));
  const walk = (event: KeyboardEvent) => {
    const last = bars.length - 1;
    const from = chosen ?? last;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, ArrowDown: from - 1, ArrowUp: from + 1, Home: 0, End: last, PageUp: from + step, PageDown: from - step }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      choose(Math.min(last, Math.max(0, to)));
    } else if (event.key === 'Enter' && onPick) onPick(from);
  };
  return (
    <Box component="figure" m={0}>
      <Legend series={series} hatch={hatch} />
      <div ref={ref} className={classes.plot} style={{ height }}>
        <svg width={width} height={height} role="img" aria-label={summary}>
          {series.filter((each) => each.hatched).map((each) => (
            <Hatch key={each.key} id={`${hatch}${each.key}`} color={each.color} />
          ))}
          {lines.map((value) => (
            <g key={value}>
              <line className={classes.grid} x1={LEFT} x2={width} y1={ABOVE + high - (value / top) * high} y2={ABOVE + high - (value / top) * high} />
              <text x={LEFT - 8} y={ABOVE + high - (value / top) * high + 4} textAnchor="end">
                {format.number(value)}
              </text>
            </g>
          ))}
          {chosen !== undefined && <rect className={classes.chosen} x={LEFT + chosen * slot} y={ABOVE} width={slot} height={high} />}
          {bars.map((bar, at) => (
            <g key={bar.full} transform={`translate(${LEFT + at * slot + slot * 0.15} ${ABOVE})`}>
              {stack(bar, series, top, high).map((part) => {
                const own = series.find((each) => each.key === part.key);
                return own && <rect key={part.key} y={part.y} width={slot * 0.7} height={part.height} style={{ fill: own.hatched ? `url(#${hatch}${own.key})` : shade(own.color) }} />;
              })}
              {at % step === 0 && (
                <text x={slot * 0.35} y={high + 16} textAnchor="middle">
                  {bar.label}
                </text>
              )}
            </g>
          ))}
        </svg>
        {bars.length > 0 && (
          <div
            className={classes.reader}
            style={{ left: LEFT, bottom: BELOW, top: ABOVE, cursor: onPick ? 'pointer' : undefined }}
            role="slider"
            tabIndex={0}
            aria-label={axis}
            aria-valuemin={0}
            aria-valuemax={bars.length - 1}
            aria-valuenow={chosen ?? bars.length - 1}
            aria-valuetext={text(chosen ?? bars.length - 1)}
            onKeyDown={walk}
            onFocus={() => choose((before) => before ?? bars.length - 1)}
            onBlur={() => choose(undefined)}
            onPointerMove={point}
            onPointerLeave={() => choose(undefined)}
            onClick={() => chosen !== undefined && onPick?.(chosen)}
          />
        )}
      </div>
      <Text fz="sm" c="dimmed" ta="center" className={classes.said} aria-hidden>
        {chosen === undefined ? hint : text(chosen)}
      </Text>
      <Figures axis={axis} summary={summary} series={series} bars={bars} />
    </Box>
  );
}

function Legend({ series, hatch }: { series: readonly BarSeries[]; hatch: string }) {
  return (
    <Group gap="md" mb={4} justify="flex-end" aria-hidden>
      {series.map((each) => (
        <Group key={each.key} gap={6} wrap="nowrap">
          <svg width={12} height={12} className={classes.swatch}>
            <rect width={12} height={12} rx={2} style={{ fill: each.hatched ? `url(#${hatch}${each.key})` : shade(each.color) }} />
          </svg>
          <Text fz="sm">{each.label}</Text>
        </Group>
      ))}
    </Group>
  );
}

/** Stripes: told apart without colour. */
function Hatch({ id, color }: { id: string; color: string }) {
  return (
    <defs>
      <pattern id={id} width={6} height={6} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width={6} height={6} style={{ fill: shade(color) }} />
        <rect width={2} height={6} style={{ fill: 'light-dark(rgb(255 255 255 / 55%), rgb(0 0 0 / 45%))' }} />
      </pattern>
    </defs>
  );
}

function Figures({ axis, summary, series, bars }: Pick<BarChartProps, 'axis' | 'summary' | 'series' | 'bars'>) {
  const format = useFormat();
  return (
    <VisuallyHidden component="div">
      <table>
        <caption>{summary}</caption>
        <thead>
          <tr>
            <th scope="col">{axis}</th>
            {series.map((each) => (
              <th key={each.key} scope="col">
                {each.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {bars.map((bar) => (
            <tr key={bar.full}>
              <th scope="row">{bar.full}</th>
              {series.map((each) => (
                <td key={each.key}>{format.number(bar.values[each.key] ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </VisuallyHidden>
  );
}
