// A provider's refusal is `success: false` and not an exception; its error is an object that reads as its message (§6.2, §16 row 4).
import { defineWorkflow, getErrorMessage, isActionResult, manual, unwrapResult } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Action results',
  integrations: [{ service: 'notion' }],
  trigger: manual(),
  async execute({ integrations }) {
    const result = await integrations.notion.pages.retrieve({ page_id: 'gone' });
    let thrown = '';
    try {
      unwrapResult(result);
    } catch (error) {
      thrown = `${(error as { code?: string }).code}: ${(error as Error).message}`;
    }
    return {
      refused: !result.success,
      data: result.data,
      object: result.error.code,
      message: result.error.message,
      text: `${result.error}` === result.error.message && new Error(result.error).message === result.error.message,
      helper: getErrorMessage(result) === result.error.message,
      keys: Object.keys(result.error).sort(),
      thrown,
      schema: result.metadata.schema,
      source: result.metadata.source,
      complete: isActionResult(result),
    };
  },
});
