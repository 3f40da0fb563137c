/** A whole code of an authenticator app, as people type or paste it. */
export const UNSENT_CODE = /^\s*\d{3}\s?\d{3}\s*$/;
