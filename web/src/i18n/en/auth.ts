/** Words of auth. */
export const auth = {
  title: 'Auth',
};
