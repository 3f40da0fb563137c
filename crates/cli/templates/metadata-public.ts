// How it is listed. The id is stable: it stays when the name changes. Nobody else sees it before `millrace publish`;
// with `visibility: 'public'` here, each deploy publishes.
export const metadata = {
  id: '__SLUG__',
};
