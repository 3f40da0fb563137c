import { SimpleGrid, Text, useComputedColorScheme } from '@mantine/core';
import { useReducedMotion } from '@mantine/hooks';
import type { ReactElement } from 'react';
import { Bar as Column, BarChart, CartesianGrid, Legend, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { useTranslations } from 'use-intl';

import { useFormat } from '../../ui';
import type { Bar } from './range';

interface ChartsProps {
  bars: readonly Bar[];
  when: (at: string) => string;
  height: number;
}

/** Runs, how many succeeded, and how long they took. Lazily loaded: nothing else needs this library. */
export default function Charts({ bars, when, height }: ChartsProps) {
  const t = useTranslations('analytics');
  const format = useFormat();
  const still = useReducedMotion();
  const isDark = useComputedColorScheme('light') === 'dark';
  const color = (name: string) => `var(--mantine-color-${name}-${isDark ? 4 : 7})`;
  const rows = [...bars];
  const axis = { stroke: 'var(--mantine-color-dimmed)', fontSize: 12, tickLine: false } as const;
  const grid = <CartesianGrid strokeDasharray="3 3" stroke="var(--mantine-color-default-border)" vertical={false} />;
  const x = <XAxis dataKey="at" tickFormatter={when} minTickGap={40} {...axis} />;
  const tip = (read: (value: number) => string) => (
    <Tooltip
      labelFormatter={(at) => when(String(at))}
      formatter={(value) => read(Number(value))}
      contentStyle={{ background: 'var(--mantine-color-body)', border: '1px solid var(--mantine-color-default-border)', borderRadius: 8 }}
      cursor={{ fill: 'var(--mantine-color-default-hover)' }}
      isAnimationActive={!still}
    />
  );
  const line = (key: 'success' | 'mean', name: string, stroke: string) => <Line dataKey={key} name={name} stroke={stroke} strokeWidth={2} dot={rows.length < 40} connectNulls isAnimationActive={false} />;
  return (
    <>
      <Box height={height}>
        <BarChart data={rows} margin={{ top: 4, right: 8, bottom: 0, left: 0 }} accessibilityLayer={false}>
          {grid}
          {x}
          <YAxis allowDecimals={false} width={48} tickFormatter={format.number} {...axis} />
          {tip(format.number)}
          <Legend />
          <Column dataKey="completed" name={t('completed')} stackId="runs" fill={color('teal')} isAnimationActive={false} />
          <Column dataKey="failed" name={t('failed')} stackId="runs" fill={color('red')} isAnimationActive={false} />
          <Column dataKey="other" name={t('other')} stackId="runs" fill={color('gray')} isAnimationActive={false} />
        </BarChart>
      </Box>
      <SimpleGrid cols={{ base: 1, md: 2 }} mt="lg">
        <div>
          <Text fw={600} fz="sm" mb={4}>{t('successRate')}</Text>
          <Box height={180}>
            <LineChart data={rows} margin={{ top: 4, right: 8, bottom: 0, left: 0 }} accessibilityLayer={false}>
              {grid}
              {x}
              <YAxis domain={[0, 1]} width={48} tickFormatter={format.percent} {...axis} />
              {tip(format.percent)}
              {line('success', t('successRate'), color('teal'))}
            </LineChart>
          </Box>
        </div>
        <div>
          <Text fw={600} fz="sm" mb={4}>{t('meanOverTime')}</Text>
          <Box height={180}>
            <LineChart data={rows} margin={{ top: 4, right: 8, bottom: 0, left: 0 }} accessibilityLayer={false}>
              {grid}
              {x}
              <YAxis width={64} tickFormatter={format.span} {...axis} />
              {tip(format.span)}
              {line('mean', t('mean'), color('blue'))}
            </LineChart>
          </Box>
        </div>
      </SimpleGrid>
    </>
  );
}

/** As wide as there is room, as high as told. */
function Box({ height, children }: { height: number; children: ReactElement }) {
  return (
    <ResponsiveContainer width="100%" height={height}>
      {children}
    </ResponsiveContainer>
  );
}
