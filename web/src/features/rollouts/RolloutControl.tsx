import { Button, Checkbox, Group, NumberInput, Select, Slider, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { ProblemAlert, Section, useDo } from '../../ui';
import { about, moveTo, nextStep, steps, type Rollout } from './steps';
import { choices, type Version } from './versions';

interface RolloutControlProps {
  id: string;
  rollout: Rollout | undefined;
  versions: readonly Version[];
  /** The version that the address asks for. */
  named: Version | undefined;
  /** Other workspaces that have it: all that is known of its installations before the first rollout. */
  installs: number;
}

/** Sets how far a version goes: by the usual steps, or to a hundredth of a percent. */
export function RolloutControl({ id, rollout, versions, named, installs }: RolloutControlProps) {
  const t = useTranslations('developer.rollout');
  const going = rollout?.status === 'superseded' ? undefined : rollout;
  const [version, setVersion] = useState(named?.id ?? usualVersion(going, versions));
  const same = going?.version_id === version ? going : undefined;
  const installations = rollout?.progress.installations ?? installs;
  const [chosen, choose] = useState<number>();
  const share = chosen ?? nextStep(same?.percentage ?? 0, installations) ?? 100;
  const [sendsBack, setSendsBack] = useState(false);
  const [rehearses, setRehearses] = useState(false);
  const [halts, setHalts] = useState(true);
  const move = moveTo(share, same);

  const set = useDo({
    work: (accept: boolean) => {
      const body: Schema<'RolloutRequest'> = {
        version,
        strategy: 'gradual',
        percentage: share,
        ...(move === 'lower' && sendsBack && { rollback: true }),
        ...(rehearses && { rehearse: true }),
        ...(accept && { accept_differences: true }),
        // One that is under way keeps what it was begun with.
        ...(move === 'begin' && { auto_halt: halts }),
      };
      return data(api.PUT('/api/developer/workflows/{id}/rollout', { params: { path: { id } }, body }));
    },
    renews: [['rollouts', id], ['installations']],
    done: () => choose(undefined),
    says: (answer) => t(`set.${move}`, { percent: share, version: answer.version }),
    quiet: true,
  });
  // What was refused, and what a rehearsal found, was about another version and share.
  const chooseShare = (next: number | undefined) => (choose(next), set.reset());
  const chooseVersion = (next: string) => (setVersion(next), chooseShare(undefined));
  return (
    <Section title={same ? t('control') : t('controlBegin')} description={t('controlText')}>
      <Stack gap="lg">
        <Select label={t('version')} data={choices(versions)} value={version} allowDeselect={false} onChange={(value) => value && chooseVersion(value)} maw={320} />
        <Share share={share} onChange={chooseShare} />
        <Text fz="sm" aria-live="polite">
          {share === 100 && move !== 'none' ? t('meansAll', { installations }) : t(`means.${move}`, { about: about(share, installations), installations })}
        </Text>
        <Stack gap="xs">
          {move === 'lower' && <Checkbox label={t('sendBack')} checked={sendsBack} onChange={(event) => setSendsBack(event.currentTarget.checked)} />}
          {move === 'begin' && share < 100 && <Checkbox label={t('autoHalt')} checked={halts} onChange={(event) => setHalts(event.currentTarget.checked)} />}
          {move !== 'lower' && <Checkbox label={t('rehearseFirst')} checked={rehearses} onChange={(event) => setRehearses(event.currentTarget.checked)} />}
        </Stack>
        <ProblemAlert error={set.error} />
        <Group>
          <Button onClick={() => set.mutate(false)} loading={set.isPending} disabled={move === 'none'}>
            {t(`actions.${move}`, { percent: share })}
          </Button>
          {isProblem(set.error, 'REHEARSAL_DIFFERS') && (
            <Button color="red" onClick={() => set.mutate(true)} loading={set.isPending}>
              {t('anyway')}
            </Button>
          )}
        </Group>
      </Stack>
    </Section>
  );
}

/** What is most likely meant: what is under way, or the newest once that has arrived. */
function usualVersion(going: Rollout | undefined, versions: readonly Version[]): string {
  const newest = versions[0];
  const hasArrived = !going || going.status === 'complete' || (going.status === 'active' && going.percentage === 100);
  const isNewer = newest && newest.id !== going?.version_id && newest.state !== 'rejected';
  return (hasArrived && isNewer ? newest.id : going?.version_id) ?? newest?.id ?? '';
}

function Share({ share, onChange }: { share: number; onChange: (share: number) => void }) {
  const t = useTranslations('developer.rollout');
  return (
    <Stack gap="sm" maw={720}>
      <Group gap="xs" role="group" aria-label={t('shareSlider')}>
        {steps.map((step) => (
          <Button key={step} size="xs" variant={share === step ? 'filled' : 'default'} aria-pressed={share === step} onClick={() => onChange(step)}>
            {t('step', { percent: step })}
          </Button>
        ))}
      </Group>
      <Group align="center" gap="lg" wrap="wrap">
        <Slider flex="1 1 220px" min={1} max={100} value={share} onChange={onChange} label={(value) => t('step', { percent: value })} thumbLabel={t('shareSlider')} />
        <NumberInput
          w={200}
          label={t('share')}
          min={0.01}
          max={100}
          decimalScale={2}
          clampBehavior="strict"
          value={share}
          onChange={(value) => typeof value === 'number' && value > 0 && onChange(value)}
        />
      </Group>
    </Stack>
  );
}
