import { Page } from '../../ui';

export function RunPage({ id }: { id: string; entry: number | undefined }) {
  return <Page title={id}>{null}</Page>;
}
