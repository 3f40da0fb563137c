import { workflows } from './world.mjs';

/** Adds up invoices, remembers each, fails where one has no total; what it asks for differs from version to version. */
export const ledger = (id: string, version: string, inputs: string) =>
  workflows.broken.replace('nightly-ledger', id).replace("version: '1.0.0'", `version: '${version}'`).replace('trigger: manual(),', `inputs: { ${inputs} },\n  trigger: manual(),`);
export const NOTE = "note: { type: 'text', label: 'Closing line' }";
export const CURRENCY = "currency: { type: 'text', label: 'Currency', required: true }";
export const BANK = "account: { type: 'text', label: 'Account number', required: true }, key: { type: 'secret', label: 'Bank key', required: true }, closes: { type: 'boolean', label: 'Close the month', required: true }";
