export const mails = { title: 'mails' };
