/** Words of home. */
export const home = {
  title: 'Home',
};
