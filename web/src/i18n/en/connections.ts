/** Words of connections. */
export const connections = {
  title: 'Connections',
};
