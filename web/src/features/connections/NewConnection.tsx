import { Alert, Modal, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { Loaded } from '../../ui';
import { FieldsForm } from './FieldsForm';
import { OauthForm } from './OauthForm';
import { connectorsQuery } from './queries';
import { connectorOf, letters, type Connector } from './ways';

/** Connects an account: at the service's own page, or with a token, a key, or an app's credentials. */
export function NewConnection({ service, onClose }: { service: string; onClose: () => void }) {
  const t = useTranslations('connections');
  const query = useQuery(connectorsQuery);
  return (
    <Modal opened onClose={onClose} title={t('create')} size="lg">
      <Loaded query={query}>{(connectors) => <Choice service={service} connectors={connectors} onClose={onClose} />}</Loaded>
    </Modal>
  );
}

function Choice({ service, connectors, onClose }: { service: string; connectors: readonly Connector[]; onClose: () => void }) {
  const t = useTranslations('connections');
  const [chosen, setChosen] = useState(() => connectorOf(service, connectors)?.service ?? null);
  const [kind, setKind] = useState<string>();
  const connector = connectors.find((each) => each.service === chosen);
  const way = connector?.ways.find((each) => each.kind === kind) ?? connector?.ways[0];
  const word = (each: { kind: string; title: string }) => (each.kind === 'oauth2' || !each.title ? t(`kind_${each.kind as 'oauth2'}`) : each.title);
  return (
    <Stack gap="md">
      <Select
        label={t('findService')}
        description={t('findServiceText')}
        data={connectors.map((each) => ({ value: each.service, label: each.title }))}
        filter={({ options, search }) => options.filter((option) => 'value' in option && [option.label, option.value].some((name) => letters(name).includes(letters(search))))}
        value={chosen}
        onChange={(value) => {
          setChosen(value);
          setKind(undefined);
        }}
        searchable
        nothingFoundMessage={t('noService')}
        maxDropdownHeight={320}
        data-autofocus={service === '' || undefined}
      />
      {service !== '' && !chosen && (
        <Alert color="yellow" variant="light">
          <Text fz="sm">{t('noConnector', { service })}</Text>
        </Alert>
      )}
      {connector && way && (
        <>
          {connector.description && <Text fz="sm">{connector.description}</Text>}
          {connector.ways.length > 1 && <SegmentedControl aria-label={t('way')} value={way.kind} onChange={setKind} data={connector.ways.map((each) => ({ value: each.kind, label: word(each) }))} style={{ maxWidth: '100%', overflowX: 'auto' }} />}
          {way.kind === 'oauth2' ? <OauthForm key={connector.service} connector={connector} onDone={onClose} /> : <FieldsForm key={`${connector.service} ${way.kind}`} connector={connector} way={way} onDone={onClose} />}
        </>
      )}
    </Stack>
  );
}
