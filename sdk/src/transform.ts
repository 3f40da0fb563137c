import { parseCSV, toCSV } from './csv.js';
import { formatDate, relativeTime } from './dates.js';
import { chunk, filter, find, flatten, groupBy, map, reduce, sortBy, unique } from './list.js';
import { capitalize, parseJSON, slugify, template, titleCase, truncate } from './text.js';

/** The functions for lists, texts and dates in one object. Each is also exported by its own name. */
export const transform = {
  filter,
  map,
  reduce,
  find,
  groupBy,
  unique,
  chunk,
  flatten,
  sortBy,
  parseJSON,
  parseCSV,
  toCSV,
  formatDate,
  relativeTime,
  slugify,
  truncate,
  capitalize,
  titleCase,
  template,
};
