/** Words of analytics. */
export const analytics = {
  title: 'Analytics',
};
