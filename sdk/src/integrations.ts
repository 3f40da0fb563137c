/** What the integrations package exports: helpers for services' data. */
export { Calendly, type MeetingDetails } from './calendly.js';
export { Dribbble, type ShotDetails } from './dribbble.js';
export { Typeform } from './typeform.js';
export { extractPlaylistId } from './id.js';
