/** Words of deploy. */
export const deploy = {
  title: 'Deploy',
};
