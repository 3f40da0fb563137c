/** Words of account. */
export const account = {
  title: 'Account',
};
