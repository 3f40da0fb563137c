/** Words of runs. */
export const runs = {
  title: 'Runs',
};
