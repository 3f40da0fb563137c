/** Words of palette. */
export const palette = {
  title: 'Palette',
};
