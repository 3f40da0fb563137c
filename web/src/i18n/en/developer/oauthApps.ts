export const oauthApps = { title: 'OAuth apps' };
