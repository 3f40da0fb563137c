/** Options of {@link parseCSV} and {@link toCSV}. */
export interface CSVOptions {
  /** `,` by default. */
  delimiter?: string;
  /** Whether the first line names the columns; true by default. */
  headers?: boolean;
}

/** Rows of a CSV text: objects by column name, or arrays when `headers` is false. Quoted fields may hold anything. */
export function parseCSV(text: string, options: CSVOptions & { headers: false }): string[][];
export function parseCSV(text: string, options?: CSVOptions): Record<string, string>[];
export function parseCSV(text: string, options: CSVOptions = {}): string[][] | Record<string, string>[] {
  const rows = readRows(text.replace(/^\ufeff/, ''), options.delimiter ?? ',');
  if (options.headers === false) {
    return rows;
  }
  const [names = [], ...records] = rows;
  return records.map((record) => Object.fromEntries(names.map((name, column) => [name.trim(), record[column] ?? ''])));
}

/** CSV text of rows: objects (columns in order of first appearance) or arrays. */
export function toCSV(rows: readonly (Record<string, unknown> | readonly unknown[])[], options: Omit<CSVOptions, 'headers'> & { headers?: boolean | string[] } = {}): string {
  const delimiter = options.delimiter ?? ',';
  const line = (values: readonly unknown[]): string => values.map((value) => quote(value, delimiter)).join(delimiter);
  const objects = rows.filter((row): row is Record<string, unknown> => !Array.isArray(row));
  const columns = Array.isArray(options.headers) ? options.headers : [...new Set(objects.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => line(Array.isArray(row) ? row : columns.map((column) => (row as Record<string, unknown>)[column])));
  const head = options.headers === false || columns.length === 0 ? [] : [line(columns)];
  return [...head, ...lines].join('\n');
}

function quote(value: unknown, delimiter: string): string {
  const text = value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  const needed = text.includes(delimiter) || /["\r\n]/.test(text);
  return needed ? `"${text.replace(/"/g, '""')}"` : text;
}

function readRows(text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  const endRow = (): void => {
    row.push(field);
    field = '';
    // A blank line is no record.
    if (row.length > 1 || row[0] !== '') {
      rows.push(row);
    }
    row = [];
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (quoted) {
      if (character !== '"') {
        field += character;
      } else if (text[at + 1] === '"') {
        field += '"';
        at++;
      } else {
        quoted = false;
      }
    } else if (character === '"' && field === '') {
      quoted = true;
    } else if (text.startsWith(delimiter, at)) {
      row.push(field);
      field = '';
      at += delimiter.length - 1;
    } else if (character === '\n' || character === '\r') {
      if (character === '\r' && text[at + 1] === '\n') {
        at++;
      }
      endRow();
    } else {
      field += character;
    }
  }
  if (field !== '' || row.length > 0) {
    endRow();
  }
  return rows;
}
