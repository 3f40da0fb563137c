/** A message of any service. Times are epoch milliseconds. */
export interface StandardMessage {
  type: 'message';
  id: string;
  title: string;
  body?: string;
  bodyText?: string;
  bodyHtml?: string;
  from?: { name?: string; email?: string };
  to?: { name?: string; email?: string }[];
  cc?: { name?: string; email?: string }[];
  timestamp: number;
  attachments?: { name: string; url?: string; mimeType?: string; size?: number }[];
  metadata: Record<string, unknown>;
}

/** A task of any service. */
export interface StandardTask {
  type: 'task';
  id: string;
  title: string;
  description?: string;
  status: 'todo' | 'in_progress' | 'done' | 'cancelled';
  assignee?: { name?: string; email?: string };
  dueDate?: number;
  priority: 'low' | 'medium' | 'high' | 'urgent';
  labels?: string[];
  timestamp: number;
  metadata: Record<string, unknown>;
}

/** A document of any service. */
export interface StandardDocument {
  type: 'document';
  id: string;
  title: string;
  content?: string;
  url?: string;
  author?: { name?: string; email?: string };
  createdAt: number;
  updatedAt: number;
  tags?: string[];
  metadata: Record<string, unknown>;
}

/** A calendar event of any service. */
export interface StandardEvent {
  type: 'event';
  id: string;
  title: string;
  startTime: number;
  endTime?: number;
  location?: string;
  attendees?: { name?: string; email?: string }[];
  timestamp: number;
  metadata: Record<string, unknown>;
}

/** A list of any service. */
export interface StandardList<T = unknown> {
  type: 'list';
  items: T[];
  metadata: { total?: number; hasMore?: boolean; cursor?: string };
}

/** Any of the common shapes. */
export type StandardData = StandardMessage | StandardTask | StandardDocument | StandardEvent | StandardList;
