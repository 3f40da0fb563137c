export const billing = { title: 'billing' };
