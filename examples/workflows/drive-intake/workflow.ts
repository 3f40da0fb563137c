import { defineWorkflow, manual, webhook, type LanguageModel } from '@millrace/sdk';

/** Where a file belongs. */
interface Verdict {
  kind: string;
  sure: number;
  by: 'model' | 'name' | 'nobody';
}

/** What is kept of a file. */
interface Filed {
  id: string;
  name: string;
  kind: string;
  row: number;
  version: string;
  moved: boolean;
}

const KINDS: Record<string, RegExp> = {
  invoice: /\b(invoice|rechnung|bill|factura)\b/i,
  contract: /\b(contract|agreement|nda|vertrag)\b/i,
  report: /\b(report|summary|minutes)\b/i,
  image: /\.(png|jpe?g|gif|webp|heic)$/i,
};

const FOLDER = 'application/vnd.google-apps.folder';

/** Words of a file's name: `2026-01_Invoice-ACME.pdf` → `2026 01 Invoice ACME.pdf`. */
function words(name: string): string {
  return name.replace(/[_-]+/g, ' ');
}

function byName(name: string): Verdict {
  for (const [kind, pattern] of Object.entries(KINDS)) {
    if (pattern.test(words(name))) {
      return { kind, sure: 0.6, by: 'name' };
    }
  }
  return { kind: 'unknown', sure: 0, by: 'nobody' };
}

async function classify(file: any, ai: LanguageModel): Promise<Verdict> {
  const guess = byName(file.name);
  const answer = await ai.generateText({
    system: `You sort files. Kinds: ${Object.keys(KINDS).join(', ')}, unknown. Answer with JSON only: {"kind": "…", "sure": 0 to 1}.`,
    prompt: JSON.stringify({ name: file.name, type: file.mimeType, owner: file.owners?.[0]?.emailAddress }),
    temperature: 0,
    max_tokens: 60,
  });
  if (!answer.success) {
    return guess;
  }
  try {
    const read = JSON.parse(answer.data.match(/\{[\s\S]*?\}/)?.[0] ?? 'null');
    if (typeof read?.kind !== 'string' || !(read.kind in KINDS || read.kind === 'unknown')) {
      return guess;
    }
    const sure = Math.max(0, Math.min(1, Number(read.sure) || 0));
    return sure >= guess.sure ? { kind: read.kind, sure, by: 'model' } : guess;
  } catch {
    return guess;
  }
}

/** The row that an append wrote: `Files!A12:F12` → 12. */
function rowOf(range: string | undefined): number {
  return Number(range?.match(/![A-Z]+(\d+)/)?.[1] ?? 0);
}

export default defineWorkflow({
  name: 'Drive intake',
  description: 'New files are sorted, entered in a sheet, moved to their folder and announced.',
  version: '1.1.0',

  integrations: [
    { service: 'google-drive', scopes: ['read_files', 'move_files'] },
    { service: 'google-sheets', scopes: ['write_spreadsheets'] },
    { service: 'slack', scopes: ['send_messages'], optional: true },
  ],

  config: {
    sheet_id: { type: 'text', label: 'Spreadsheet', required: true },
    sheet_name: { type: 'text', default: 'Files' },
    folders: { type: 'key_value_list', label: 'Kind → folder', default: {} },
    slack_channel: { type: 'text', default: '#files' },
    sure_from: { type: 'number', label: 'Move from this certainty on', default: 0.5, min: 0, max: 1 },
    ignored_types: { type: 'text_list', default: [] },
    timezone: { type: 'timezone', default: 'UTC' },
  },

  trigger: webhook({ service: 'google-drive', events: ['file.created', 'file.modified', 'file.trashed'] }),
  webhooks: [manual({ description: 'Look for files that no message told of' })],

  async execute({ trigger, inputs, integrations, storage }) {
    const drive = integrations.googleDrive;
    const sheets = integrations.googleSheets.spreadsheets.values;
    const { slack } = integrations;

    const cells = (file: any, verdict: Verdict) => [
      file.name,
      verdict.kind,
      verdict.by,
      new Date(file.modifiedTime ?? file.createdTime ?? Date.now()).toLocaleString('en-US', { timeZone: inputs.timezone }),
      file.owners?.[0]?.displayName ?? '',
      file.webViewLink ?? '',
    ];

    /** Enters one file, or brings its row up to date. */
    const enter = async (file: any): Promise<Record<string, unknown>> => {
      if (file.mimeType === FOLDER || inputs.ignoredTypes.includes(file.mimeType)) {
        return { skipped: true, reason: `type ${file.mimeType}` };
      }
      const key = `file:${file.id}`;
      const known = await storage.get<Filed>(key);
      const version = `${file.name}@${file.modifiedTime ?? ''}`;
      if (known?.version === version && known.moved) {
        return { skipped: true, reason: 'nothing changed', row: known.row };
      }
      const verdict = known && known.name === file.name ? { kind: known.kind, sure: 1, by: 'name' as const } : await classify(file, integrations.ai);
      const values = [cells(file, verdict)];
      let row = known?.row ?? 0;
      if (row > 0) {
        const updated = await sheets.update({ spreadsheetId: inputs.sheetId, range: `${inputs.sheetName}!A${row}:F${row}`, valueInputOption: 'USER_ENTERED', requestBody: { values } });
        if (!updated.success) {
          throw new Error(`the sheet did not take row ${row}: ${updated.error}`);
        }
      } else {
        const appended = await sheets.append({ spreadsheetId: inputs.sheetId, range: `${inputs.sheetName}!A:F`, valueInputOption: 'USER_ENTERED', insertDataOption: 'INSERT_ROWS', requestBody: { values } });
        if (!appended.success) {
          throw new Error(`the sheet did not take ${file.name}: ${appended.error}`);
        }
        row = rowOf(appended.data.updates?.updatedRange);
      }
      const filed: Filed = { id: file.id, name: file.name, kind: verdict.kind, row, version, moved: false };
      await storage.put(key, filed);

      const target = (inputs.folders as Record<string, string>)[verdict.kind];
      const inPlace = !target || (file.parents ?? []).includes(target);
      let moved = inPlace;
      if (!inPlace && verdict.sure >= inputs.sureFrom) {
        const result = await drive.files.update({ fileId: file.id, addParents: target, removeParents: (file.parents ?? []).join(',') });
        moved = result.success;
        if (!result.success) {
          console.warn('not moved', { file: file.name, code: result.error.code });
        }
      }
      await storage.put(key, { ...filed, moved: moved || verdict.sure < inputs.sureFrom });

      if (!known && slack) {
        const doubt = verdict.kind === 'unknown' || verdict.sure < inputs.sureFrom;
        const text = doubt
          ? `:thinking_face: What is <${file.webViewLink}|${file.name}>? Row ${row} waits for a kind.`
          : `:inbox_tray: ${verdict.kind}: <${file.webViewLink}|${file.name}>${moved && !inPlace ? ' (moved)' : ''}`;
        const sent = await slack.chat.postMessage({ channel: inputs.slackChannel, text });
        if (!sent.success) {
          console.warn('Slack', sent.error.code);
        }
      }
      return { row, kind: verdict.kind, by: verdict.by, moved: moved && !inPlace, updated: Boolean(known) };
    };

    if (trigger.type === 'manual') {
      const since = (await storage.get<string>('last-sync')) ?? new Date(trigger.timestamp - 7 * 86_400_000).toISOString();
      const listed = await drive.files.list({ q: `modifiedTime > '${since}' and trashed = false`, fields: 'files(id,name,mimeType,modifiedTime,parents,owners,webViewLink)', orderBy: 'modifiedTime', pageSize: 100 });
      if (!listed.success) {
        return { success: false, error: `Drive: ${listed.error}`, retryable: true };
      }
      let entered = 0;
      for (const file of listed.data.files) {
        const result = await enter(file);
        entered += result.skipped ? 0 : 1;
      }
      await storage.put('last-sync', new Date(trigger.timestamp).toISOString());
      return { success: true, looked: listed.data.files.length, entered };
    }

    const file = trigger.data;
    if (!file.id) {
      return { success: true, skipped: true, reason: 'no file' };
    }
    if (trigger.event === 'file.trashed' || file.trashed) {
      const known = await storage.get<Filed>(`file:${file.id}`);
      if (!known) {
        return { success: true, skipped: true, reason: 'never seen' };
      }
      await sheets.update({ spreadsheetId: inputs.sheetId, range: `${inputs.sheetName}!B${known.row}`, requestBody: { values: [['trashed']] } });
      await storage.delete(`file:${file.id}`);
      return { success: true, trashed: known.row };
    }
    return { success: true, ...(await enter(file)) };
  },
});

export const metadata = { id: 'drive-intake', category: 'documents', tags: ['google-drive', 'google-sheets', 'slack', 'ai'] };
