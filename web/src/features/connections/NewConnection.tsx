import { Autocomplete, Modal, SegmentedControl, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { FieldsForm } from './FieldsForm';
import { OauthForm } from './OauthForm';
import { shipped } from './shipped';
import { connectorOf, spelled } from './ways';

/** Connects an account: at the service's own page, or with a token, a key, or an app's credentials. */
export function NewConnection({ service, onClose }: { service: string; onClose: () => void }) {
  const t = useTranslations('connections');
  const [text, setText] = useState(() => (service ? connectorOf(service, shipped).title : ''));
  const [kind, setKind] = useState<string>();
  const named = shipped.find((each) => each.title.toLowerCase() === text.trim().toLowerCase());
  const connector = text.trim() === '' ? undefined : (named ?? connectorOf(text, shipped));
  const way = connector?.ways.find((each) => each.kind === kind) ?? connector?.ways[0];
  const word = (each: { kind: string; title: string }) => (each.kind === 'oauth2' ? t('kind_oauth2') : each.title);
  return (
    <Modal opened onClose={onClose} title={t('create')} size="lg">
      <Stack gap="md">
        <Autocomplete
          label={t('findService')}
          description={t('findServiceText')}
          data={shipped.map((each) => each.title)}
          filter={({ options, search }) => options.filter((option) => 'label' in option && spelled(option.label).includes(spelled(search)))}
          value={text}
          onChange={(value) => {
            setText(value);
            setKind(undefined);
          }}
          limit={30}
          maxDropdownHeight={320}
          data-autofocus={service === '' || undefined}
        />
        {connector && way && (
          <>
            {connector.ways.length > 1 && <SegmentedControl aria-label={t('way')} value={way.kind} onChange={setKind} data={connector.ways.map((each) => ({ value: each.kind, label: word(each) }))} style={{ maxWidth: '100%', overflowX: 'auto' }} />}
            {way.kind === 'oauth2' ? <OauthForm key={connector.service} connector={connector} onDone={onClose} /> : <FieldsForm key={`${connector.service} ${way.kind}`} connector={connector} way={way} onDone={onClose} />}
          </>
        )}
      </Stack>
    </Modal>
  );
}
