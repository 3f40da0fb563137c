/** Helpers for Typeform's webhooks. */
export class Typeform {
  /**
   * Answers by the reference (else the id) of their field. `hidden_<name>` holds hidden fields, `_score` a calculated score.
   */
  static extractAnswers(response: any): Record<string, any> {
    const answers: Record<string, any> = {};
    for (const answer of response?.answers ?? []) {
      const key = answer?.field?.ref ?? answer?.field?.id;
      if (key !== undefined) {
        answers[key] = valueOf(answer);
      }
    }
    for (const [name, value] of Object.entries(response?.hidden ?? {})) {
      answers[`hidden_${name}`] = value;
    }
    if (response?.calculated?.score !== undefined) {
      answers._score = response.calculated.score;
    }
    return answers;
  }
}

function valueOf(answer: any): any {
  switch (answer.type) {
    case 'text':
    case 'email':
    case 'number':
    case 'boolean':
    case 'date':
    case 'file_url':
    case 'url':
    case 'phone_number':
    case 'payment':
      return answer[answer.type];
    case 'choice':
      return answer.choice?.label ?? answer.choice?.other;
    case 'choices':
      return answer.choices?.labels ?? answer.choices?.other;
    default:
      return answer;
  }
}
