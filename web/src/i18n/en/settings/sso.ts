export const sso = { title: 'sso' };
