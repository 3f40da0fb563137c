// Settings of the project. What the workflow's own `metadata` says wins, field by field.
export default {__SETTINGS__};
