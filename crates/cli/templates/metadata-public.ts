// How it is listed. The id is stable: it stays when the name changes.
export const metadata = {
  id: '__SLUG__',
  visibility: 'public' as const,
};
