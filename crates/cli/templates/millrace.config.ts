// Settings of the project. What the workflow's own `metadata` says wins, field by field.
export default {
  visibility: '__VISIBILITY__' as const,__GRANTS__
};
