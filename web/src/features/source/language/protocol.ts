/** What the editor and the language service say to each other. Places are offsets in UTF-16 units, as both count. */

/** Relative path → text. */
export type Files = Readonly<Record<string, string>>;

export type Severity = 'error' | 'warning' | 'info';

/** Something to say about a place in the source, whoever says it. */
export interface Remark {
  path: string;
  from: number;
  to: number;
  severity: Severity;
  /** `TS2322`, or the server's code. */
  code: string;
  message: string;
  /** What to do about it. */
  advice?: string | undefined;
}

/** One word that fits. */
export interface Candidate {
  name: string;
  /** What kind of thing it is, in the language service's words: `function`, `property`, `interface` … */
  kind: string;
  /** Order among the others. */
  sort: string;
  /** What is written instead of the name. */
  insert?: string | undefined;
  /** The module that it would be imported from. */
  from?: string | undefined;
}

export interface Candidates {
  /** Where the word begins that is being written. */
  start: number;
  list: Candidate[];
}

/** A change of a text. */
export interface Change {
  from: number;
  to: number;
  text: string;
}

/** What is known about a name: its type, what its author says of it, and what an import of it changes. */
export interface Knowledge {
  signature: string;
  documentation: string;
  changes: Change[];
}

export interface Hover extends Omit<Knowledge, 'changes'> {
  from: number;
  to: number;
}

/** What can be asked. Every question is about the files as they were told last. */
export interface Questions {
  remarks: { ask: []; answer: Remark[] };
  complete: { ask: [path: string, offset: number]; answer: Candidates | null };
  describe: { ask: [path: string, offset: number, name: string, from: string | undefined]; answer: Knowledge | null };
  hover: { ask: [path: string, offset: number]; answer: Hover | null };
  locate: { ask: [path: string, member: string]; answer: { from: number; to: number } | null };
}

export type Question = keyof Questions;

/** To the worker. */
export type Request =
  | { tell: Record<string, string | null> }
  | { [Q in Question]: { id: number; question: Q; ask: Questions[Q]['ask'] } }[Question]
  | { cancel: number };

/** From the worker. */
export type Answer = { id: number; answer: unknown } | { id: number; failed: string };
