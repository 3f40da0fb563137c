/** Words of workflows. */
export const workflows = {
  title: 'Workflows',
};
