/** Words of setup. */
export const setup = {
  title: 'Setup',
};
