/** Our components. Pages are made of these and Mantine's, and nothing else. */
export { Page, Section } from './Page';
export { TabRow } from './TabRow';
export { Loaded, PageSkeleton, TableSkeleton } from './Loaded';
export { Crash, Missing, ProblemAlert } from './ProblemAlert';
export { factorStep, type FactorStep } from './SecondFactorAsked';
export { Empty } from './Empty';
export { DataTable, type Column } from './DataTable';
export { StatusBadge, type Tone } from './StatusBadge';
export { Time, Span, Amount, useFormat } from './Figures';
export { CopyField, CopyIcon } from './CopyField';
export { JsonTree } from './JsonTree';
export { useConfirm } from './confirm';
export { useDo } from './useDo';
export { SecretOnce } from './SecretOnce';
export { Facts } from './Facts';
export { LinkButton, TextLink } from './links';
export { BarChart } from './BarChart';
export type { Bar, BarSeries } from './barChart';
