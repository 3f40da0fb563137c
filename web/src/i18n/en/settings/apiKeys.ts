export const apiKeys = { title: 'apiKeys' };
