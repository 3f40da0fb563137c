import { Autocomplete, FileInput, MantineProvider, PasswordInput, Select } from '@mantine/core';
import { fireEvent, render, screen } from '@testing-library/react';
import type { ReactNode } from 'react';
import { expect, test } from 'vitest';

import { common } from '../i18n/en/common';
import { theme } from './theme';

const show = (children: ReactNode) => render(<MantineProvider theme={theme} env="test">{children}</MantineProvider>);
const named = (name: string) => document.querySelector(`button[aria-label="${name}"]`);

test('a choice in which nothing fits says so', () => {
  show(<Select label="City" searchable data={['Oslo']} searchValue="Rome" />);
  fireEvent.click(screen.getByRole('combobox'));
  expect(screen.getByText(common.nothingFound)).toBeTruthy();
});

test('buttons within fields are named by the catalogue', () => {
  show(
    <>
      <PasswordInput label="Password" />
      <Autocomplete label="Code" data={['A']} defaultValue="A" clearable />
      <FileInput label="Export" />
      <FileInput label="Kept" clearable defaultValue={new File([''], 'kept.json')} />
    </>,
  );
  expect(named(common.showTyped)).not.toBeNull();
  expect(document.querySelectorAll(`button[aria-label="${common.clear}"]`)).toHaveLength(2);
  expect(screen.getByText(common.chooseFile)).toBeTruthy();
  expect(named(common.close)).toBeNull();
});
