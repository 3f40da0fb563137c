import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { applies, same, type Fault } from './check';
import { fieldOf, type Field } from './field';
import { begin, changes, faults, refusals, valid } from './model';

type Installation = Schema<'InstallationAnswer'>;

/** Milliseconds of rest after which what was typed is saved as one goes. */
const REST = 900;

interface Options {
  installation: Installation;
  inputs: ReadonlyArray<Schema<'InputSummary'>>;
  /** What the author proposes (`detail.defaults` of the set-up's `config` step). */
  proposed?: Readonly<Record<string, unknown>> | undefined;
  /** Saves while one fills in. Where the installation is at work, people decide when it changes. */
  asOneGoes: boolean;
}

export type Saving = 'idle' | 'saving' | 'saved' | 'failed';

/** A configuration being filled in: values, what is wrong with them, and saving what changed. */
export function useConfig({ installation, inputs, proposed, asOneGoes }: Options) {
  const queries = useQueryClient();
  const fields = useMemo(() => inputs.map(fieldOf), [inputs]);
  const [config, setConfig] = useState<Record<string, unknown>>(() => installation.config);
  const [values, setValues] = useState(() => begin(fields, installation.config, proposed));
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set());
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [refused, setRefused] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState<unknown>();
  const [saving, setSaving] = useState<Saving>('idle');

  const wrong = useMemo(() => faults(fields, values, config, removed), [fields, values, config, removed]);
  const changed = useMemo(() => changes(fields, config, values, removed), [fields, config, values, removed]);
  const shown = useMemo(() => fields.filter((field) => applies(field, fields, values)), [fields, values]);

  // One request after another: what is typed meanwhile is sent by the next one.
  const now = useRef({ fields, values, config, removed });
  now.current = { fields, values, config, removed };
  const line = useRef<Promise<unknown>>(Promise.resolve());
  const send = useCallback(
    (everything: boolean): Promise<boolean> => {
      const work = async () => {
        const was = now.current;
        const all = changes(was.fields, was.config, was.values, was.removed);
        const body = everything ? all : valid(all, faults(was.fields, was.values, was.config, was.removed));
        if (Object.keys(body).length === 0) return true;
        setSaving('saving');
        try {
          const answer = await data(api.PATCH('/api/installations/{id}', { params: { path: { id: installation.id } }, body: { config: body as Schema<'ChangeRequest'>['config'] } }));
          queries.setQueryData(['installations', installation.id], answer);
          // What is left to do, and what stands in lists, follows from it.
          await queries.invalidateQueries({ queryKey: ['installations', installation.id, 'onboarding'] });
          void queries.invalidateQueries({ queryKey: ['installations', 'list'] });
          now.current = { ...now.current, config: answer.config };
          setConfig(answer.config);
          setRemoved((removed) => new Set([...removed].filter((key) => !(key in body))));
          // A secret that was sent is kept there and forgotten here.
          setValues((values) => Object.fromEntries(Object.entries(values).map(([key, value]) => [key, isSent(was.fields, key, body, value) ? '' : value])));
          setRefused((refused) => Object.fromEntries(Object.entries(refused).filter(([key]) => !(key in body))));
          setProblem(undefined);
          setSaving('saved');
          return true;
        } catch (error) {
          setSaving('failed');
          if (isProblem(error) && error.code === 'INVALID_CONFIG') {
            const { byKey, whole } = refusals(was.fields, error.errors);
            setRefused(byKey);
            setProblem(whole.length > 0 || Object.keys(byKey).length === 0 ? error : undefined);
          } else {
            setProblem(error);
          }
          return false;
        }
      };
      const next = line.current.then(work, work);
      line.current = next;
      return next;
    },
    [installation.id, queries],
  );

  const mayBeSaved = JSON.stringify(valid(changed, wrong));
  useEffect(() => {
    if (!asOneGoes || touched.size === 0 || mayBeSaved === '{}') return;
    const timer = setTimeout(() => void send(false), REST);
    return () => clearTimeout(timer);
  }, [asOneGoes, mayBeSaved, send, touched.size]);

  const set = useCallback((key: string, value: unknown) => {
    setValues((values) => ({ ...values, [key]: value }));
    setTouched((touched) => (touched.has(key) ? touched : new Set(touched).add(key)));
    setRefused((refused) => (key in refused ? Object.fromEntries(Object.entries(refused).filter(([other]) => other !== key)) : refused));
  }, []);
  const remove = useCallback((key: string, isRemoved: boolean) => {
    setRemoved((removed) => new Set(isRemoved ? [...removed, key] : [...removed].filter((other) => other !== key)));
    setTouched((touched) => new Set(touched).add(key));
  }, []);

  const leave = useCallback((key: string) => setLeft((left) => (left.has(key) ? left : new Set(left).add(key))), []);

  /** Shows every fault, and saves when there is none; the first input at fault is returned. */
  const submit = async (): Promise<Field | undefined | false> => {
    setTouched(new Set(fields.map((field) => field.key)));
    setLeft(new Set(fields.map((field) => field.key)));
    const first = shown.find((field) => field.key in wrong);
    if (first) return first;
    const done = await send(true);
    return done ? undefined : false;
  };

  const reset = () => {
    setValues(begin(fields, config, proposed));
    setRemoved(new Set());
    setTouched(new Set());
    setLeft(new Set());
    setRefused({});
    setProblem(undefined);
  };

  return {
    fields, shown, values, config, removed, wrong, refused, problem, saving,
    isChanged: touched.size > 0 && Object.keys(changed).length > 0,
    /** A fault is told once the input was left or everything was to be saved. */
    faultOf: (field: Field): Fault | undefined => (left.has(field.key) ? wrong[field.key] : undefined),
    set, leave, remove, submit, reset,
  };
}

function isSent(fields: readonly Field[], key: string, body: Record<string, unknown>, value: unknown): boolean {
  return fields.some((field) => field.key === key && field.secret) && key in body && same(body[key], value);
}
