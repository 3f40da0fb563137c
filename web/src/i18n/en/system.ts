/** Words of system. */
export const system = {
  title: 'System',
};
