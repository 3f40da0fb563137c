import { Alert, Badge, Button, Card, Group, Skeleton, Text } from '@mantine/core';
import { useHotkeys, useLocalStorage } from '@mantine/hooks';
import { useBlocker } from '@tanstack/react-router';
import { Suspense, useMemo, useRef, useState } from 'react';
import { useTranslations } from 'use-intl';

import { Time, useConfirm } from '../../ui';
import { Editor, type EditorHandle, FileTabs, type Remark } from '../source';
import { FileMenu } from './FileMenu';
import type { Keep } from './kept';
import { nextRemark } from './next';
import { Problems } from './Problems';
import { entryOf, ordered, type Project, projectFault, same, withFile } from './project';
import { Refused } from './Refused';
import { Result } from './Result';
import type { Deployed, Wishes as WishesOf } from './submit';
import { useDeploy } from './useDeploy';
import { useKeeping, useLeft } from './useKept';
import { useTypes } from './useTypes';
import { withVersion } from './version';
import { Wishes } from './Wishes';
import classes from './Workbench.module.css';

interface WorkbenchProps {
  origin: Project;
  /** What unsaved work is kept under. */
  about: string;
  /** The version that the origin is, and the workflow that it is of. */
  base?: string | undefined;
  workflow?: string | undefined;
  keep: Keep;
  onDeployed: (slug: string) => void;
}

/** Where a workflow is written, checked and deployed. */
export function Workbench({ origin, about, base, workflow, keep, onDeployed }: WorkbenchProps) {
  const t = useTranslations('deploy');
  const confirm = useConfirm();
  const editor = useRef<EditorHandle>(null);
  const left = useLeft({ keep, about, base }, origin);
  const [project, setProject] = useState<Project>(left ?? origin);
  const [restored, setRestored] = useState(left !== undefined);
  const [baseline, setBaseline] = useState(origin);
  const [open, setOpen] = useState(() => ordered(left ?? origin)[0] ?? '');
  const [goal, setGoal] = useState<{ from: number }>();
  // Earlier work goes on from the version that it began from, though there may be a newer one.
  const [known, setKnown] = useState({ workflow, about, base: left ? left.base : base });
  const [wishes, setWishes] = useState<WishesOf>({ notes: '', publish: false, revokeExisting: false });
  const [result, setResult] = useState<Deployed>();
  const [fontSize, setFontSize] = useLocalStorage({ key: 'millrace.editor.size', defaultValue: 14 });
  const types = useTypes(project.files);
  const unsaved = !same(project, baseline);
  const room = useKeeping({ keep, about: known.about, base: known.base }, project, unsaved);
  const fault = projectFault(project);
  const paths = ordered(project);

  const show = (remark: Remark) => {
    setOpen(remark.path);
    setGoal({ from: remark.from });
  };
  const { deed, findings, forget } = useDeploy({
    language: types.language,
    workflow: known.workflow,
    onRefused: show,
    onDone: (deployed, sent) => {
      keep.drop(known.about);
      setBaseline(sent);
      setRestored(false);
      setResult(deployed);
      setWishes((now) => ({ ...now, notes: '' }));
      setKnown({ workflow: deployed.slug, about: `workflow:${deployed.slug}`, base: deployed.version_id });
      onDeployed(deployed.slug);
    },
  });
  const remarks = useMemo(() => [...findings, ...types.remarks].filter((each) => Object.hasOwn(project.files, each.path)), [findings, types.remarks, project.files]);
  const here = useMemo(() => remarks.filter((each) => each.path === open), [remarks, open]);

  const write = (path: string, text: string) => {
    setProject((now) => withFile(now, path, text));
    forget(path);
  };
  const deploy = (more: Partial<WishesOf> = {}) => {
    if (fault === undefined && !deed.isPending) deed.mutate({ project, wishes: { ...wishes, ...more } });
  };
  const go = (step: 1 | -1) => {
    const next = nextRemark(remarks, paths, { path: open, offset: editor.current?.offset() ?? 0 }, step);
    if (next) show(next);
  };
  useHotkeys([['mod+S', () => deploy()], ['F8', () => go(1)], ['shift+F8', () => go(-1)]], [], true);
  useBlocker({
    shouldBlockFn: async () => unsaved && !(await confirm({ title: t('leave'), text: room ? t('leaveText') : t('leaveLost'), action: t('leaveNow') })),
    enableBeforeUnload: () => unsaved,
  });

  const setVersion = async (version: string) => {
    const entry = entryOf(project);
    const place = entry === undefined ? null : await types.language?.ask('locate', [entry, 'version']);
    const text = entry !== undefined && place ? withVersion(project.files[entry] ?? '', place.from, version) : undefined;
    if (entry === undefined || text === undefined || !place) return;
    write(entry, text);
    deed.reset();
    setResult(undefined);
    show({ path: entry, ...place, severity: 'info', code: '', message: '' });
  };
  const startOver = async () => {
    if (!(await confirm({ title: t('startOver'), text: t('startOverText'), action: t('discard'), danger: true }))) return;
    setProject(origin);
    setOpen(ordered(origin)[0] ?? '');
    setRestored(false);
    setKnown((now) => ({ ...now, base }));
  };

  return (
    <div className={classes.bench}>
      <div className={classes.write}>
        {restored && left && (
          <Alert color="blue" variant="light" title={t('restored')}>
            <Text fz="sm">
              {t.rich('restoredText', { at: () => <Time at={left.at} /> })} {left.base !== undefined && left.base !== base && t('restoredOlder')}
            </Text>
            <Group mt="xs" gap="xs">
              <Button size="xs" variant="default" onClick={() => setRestored(false)}>{t('goOn')}</Button>
              <Button size="xs" variant="subtle" onClick={() => void startOver()}>{t('startOver')}</Button>
            </Group>
          </Alert>
        )}
        {!room && <Alert color="yellow">{t('noRoom')}</Alert>}
        <Card withBorder padding={0} className={classes.editor}>
          <FileTabs
            paths={paths}
            open={open}
            onOpen={setOpen}
            entry={entryOf(project)}
            mark={(path) => <Count remarks={remarks.filter((each) => each.path === path && each.severity === 'error')} />}
            actions={<FileMenu project={project} open={open} fontSize={fontSize} onFontSize={setFontSize} onChange={(next, path) => (setProject(next), setOpen(path), forget(open))} />}
          >
            <Suspense fallback={<Skeleton height="100%" radius={0} />}>
              {types.language ? (
                <Editor ref={editor} goal={goal} path={open} value={project.files[open] ?? ''} label={t('editorOf', { path: open })} language={types.language} remarks={here} fontSize={fontSize} onChange={(text) => write(open, text)} />
              ) : (
                <Skeleton height="100%" radius={0} />
              )}
            </Suspense>
          </FileTabs>
        </Card>
        <Problems remarks={remarks} files={project.files} state={types.state} onOpen={show} />
      </div>
      <div className={classes.side}>
        {deed.error && <Refused error={deed.error} placed={findings.length} busy={deed.isPending} onAnyway={() => deploy({ allowBreaking: true })} onVersion={(version) => void setVersion(version)} />}
        {result && !deed.error && !unsaved && <Result deployed={result} onVersion={(version) => void setVersion(version)} />}
        <Wishes wishes={wishes} onChange={setWishes} fault={fault} busy={deed.isPending} onDeploy={() => deploy()} known={known.workflow !== undefined} />
        <Text fz="sm" c="dimmed" role="status">{unsaved ? t('unsaved') : known.workflow === undefined ? t('notYet') : t('isDeployed')}</Text>
      </div>
    </div>
  );
}

function Count({ remarks }: { remarks: readonly Remark[] }) {
  const t = useTranslations('deploy');
  if (remarks.length === 0) return null;
  return (
    <Badge size="sm" circle={remarks.length < 10} color="red.8" aria-label={t('errorCount', { count: remarks.length })}>
      {remarks.length}
    </Badge>
  );
}
