import { IconCheck } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import classes from './StepBar.module.css';
import type { Step, StepKey } from './steps';

/** The steps beside each other: which one is shown, and which are done. Any of them can be opened. */
export function StepBar({ steps, current, onStep }: { steps: readonly Step[]; current: StepKey; onStep: (step: StepKey) => void }) {
  const t = useTranslations('setup');
  return (
    <nav aria-label={t('steps')}>
      <ol className={classes.steps}>
        {steps.map((step, at) => (
          <li key={step.key} className={classes.item}>
            <button type="button" className={classes.step} data-done={step.status === 'done' || undefined} aria-current={step.key === current ? 'step' : undefined} onClick={() => onStep(step.key)}>
              <span className={classes.mark} aria-hidden>
                {step.status === 'done' ? <IconCheck size={16} /> : at + 1}
              </span>
              <span>
                <span className={classes.label}>{t(step.key)}</span>
                <span className={classes.status}>{step.status === 'done' ? t('done') : t('open')}</span>
              </span>
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
