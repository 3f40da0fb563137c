/** Words of developer. */
export const developer = {
  title: 'Developer',
};
