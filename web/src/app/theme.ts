import { createTheme, Tooltip, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const river: MantineColorsTuple = ['#e6f7fa', '#d0ebf1', '#a3d6e2', '#72c0d3', '#4bafc6', '#319cb5', '#1c849d', '#0b7285', '#06606f', '#03505d'];

/** Calm: one accent colour, a system font, generous contrast (WCAG 2.2 AA in both schemes). */
export const theme = createTheme({
  primaryColor: 'river',
  primaryShade: { light: 7, dark: 7 },
  colors: { river },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  headings: { fontWeight: '620', sizes: { h1: { fontSize: '1.5rem' }, h2: { fontSize: '1.15rem' }, h3: { fontSize: '1rem' } } },
  components: { Tooltip: Tooltip.extend({ defaultProps: { openDelay: 300, events: { hover: true, focus: true, touch: false } } }) },
});

/** Quiet text that is still read: Mantine's own greys stay below 4.5:1 on a body and on a card. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: { '--mantine-color-dimmed': '#59616a', '--mantine-color-placeholder': '#6b737c' },
  dark: { '--mantine-color-dimmed': '#adb2b8', '--mantine-color-placeholder': '#9aa0a6' },
});
