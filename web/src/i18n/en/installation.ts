/** Words of installation. */
export const installation = {
  title: 'Installation',
};
