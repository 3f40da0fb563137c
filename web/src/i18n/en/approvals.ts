/** Words of approvals. */
export const approvals = {
  title: 'Approvals',
};
