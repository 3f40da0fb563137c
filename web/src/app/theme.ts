import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

import { common } from '../i18n/en/common';

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
  components: {
    Tooltip: { defaultProps: { openDelay: 300, events: { hover: true, focus: true, touch: false } } },
    // What components say by themselves is said by the catalogue. They are named, not imported: what the first page does not use it does not fetch.
    CloseButton: { defaultProps: { 'aria-label': common.close } },
    PasswordInput: { defaultProps: { visibilityToggleButtonProps: { 'aria-label': common.showTyped } } },
    InputClearButton: { defaultProps: { 'aria-label': common.clear } },
    FileInput: { defaultProps: { placeholder: common.chooseFile, clearButtonProps: { 'aria-label': common.clear } } },
    Select: { defaultProps: { nothingFoundMessage: common.nothingFound } },
    MultiSelect: { defaultProps: { nothingFoundMessage: common.nothingFound } },
    Modal: { defaultProps: { closeButtonProps: { 'aria-label': common.close } } },
    Drawer: { defaultProps: { closeButtonProps: { 'aria-label': common.close } } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': common.close } } },
  },
});

/** Text that is read: Mantine's own greys, reds and light yellows stay below 4.5:1 on what they stand on. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-red-filled': '#c92a2a',
    '--mantine-color-red-filled-hover': '#b02323',
    '--mantine-color-dimmed': '#59616a',
    '--mantine-color-placeholder': '#6b737c',
    '--mantine-color-error': '#c11f1f',
    '--mantine-color-red-outline': '#c11f1f',
    '--mantine-color-red-light': '#fdeeee',
    '--mantine-color-yellow-light': '#fff5dc',
    '--mantine-color-teal-light': '#e4f6f0',
    '--mantine-color-blue-light': '#e8f2fc',
    '--mantine-color-red-light-color': '#a81919',
    '--mantine-color-yellow-light-color': '#6e4500',
    '--mantine-color-teal-light-color': '#055c43',
    '--mantine-color-blue-light-color': '#124d85',
    '--mantine-color-river-light-color': '#03505d',
    '--mantine-color-anchor': '#0a6a7b',
  },
  dark: {
    '--mantine-color-red-filled': '#c92a2a',
    '--mantine-color-red-filled-hover': '#b02323',
    '--mantine-color-dimmed': '#adb2b8',
    '--mantine-color-placeholder': '#9aa0a6',
    '--mantine-color-error': '#ff9b9b',
    '--mantine-color-red-outline': '#ff9b9b',
    '--mantine-color-red-light': '#3b2323',
    '--mantine-color-yellow-light': '#39301c',
    '--mantine-color-teal-light': '#17342c',
    '--mantine-color-blue-light': '#1c3045',
    '--mantine-color-red-light-color': '#ffb3b3',
    '--mantine-color-yellow-light-color': '#ffd98a',
    '--mantine-color-teal-light-color': '#8ce3c4',
    '--mantine-color-blue-light-color': '#a5d3fb',
    '--mantine-color-river-light-color': '#a3d6e2',
    '--mantine-color-anchor': '#72c0d3',
  },
});
