/** One field of a workflow's configuration form. */
export interface InputField {
  /** `text string textarea boolean number select email url phone timezone time array text_list multiselect json object key_value_list secret password` */
  readonly type: string;
  readonly label?: string;
  readonly description?: string;
  readonly placeholder?: string;
  readonly required?: boolean;
  readonly default?: unknown;
  /** Choices of `select` and `multiselect`. */
  readonly options?: readonly (string | { readonly value: string; readonly label: string })[];
  readonly min?: number;
  readonly max?: number;
  /** Element type of an `array`. */
  readonly items?: { readonly type: string };
  /** Members of an `object`. */
  readonly properties?: { readonly [name: string]: { readonly type: string; readonly label?: string; readonly default?: unknown } };
  /** A list of values instead of one. */
  readonly multiple?: boolean;
  /** Encrypted, never logged, never shown again. Inferred from names such as `apiKey` as well. */
  readonly secret?: boolean;
  readonly multiline?: boolean;
  /** `notion:database`, `slack:channel`, `google-calendar:calendar` …: choose from the connected account. */
  readonly pickerType?: string;
  /** Show the field only while all these fields have these values. */
  readonly showIf?: { readonly [field: string]: unknown };
  readonly validation?: { readonly pattern?: 'email' | 'url'; readonly regex?: string; readonly message?: string };
  readonly [extra: string]: unknown;
}

/** A block of fields. */
export type InputFields = { readonly [name: string]: InputField };

type OptionValue<O> = O extends string ? O : O extends { readonly value: infer V extends string } ? V : string;

type Scalar<T extends string> = T extends 'boolean'
  ? boolean
  : T extends 'number' | 'integer' | 'range'
    ? number
    : T extends 'text' | 'string' | 'textarea' | 'email' | 'url' | 'phone' | 'timezone' | 'time' | 'date' | 'json' | 'secret' | 'password' | 'select'
      ? string
      : any;

type FieldValue<F extends InputField> = F['type'] extends 'select'
  ? F extends { readonly options: readonly (infer O)[] }
    ? OptionValue<O>
    : string
  : F['type'] extends 'multiselect' | 'multi_select' | 'text_list'
    ? string[]
    : F['type'] extends 'array'
      ? F extends { readonly items: { readonly type: infer T extends string } }
        ? Scalar<T>[]
        : any[]
      : F['type'] extends 'object' | 'key_value_list'
        ? Record<string, any>
        : Scalar<F['type']>;

type Delivered<F extends InputField> = F extends { readonly multiple: true } ? FieldValue<F> | FieldValue<F>[] : FieldValue<F>;

/** A field without a value is delivered as `undefined` unless it is required or has a default. */
type Filled<F extends InputField> = F extends { readonly required: true }
  ? Delivered<F>
  : F extends { readonly default: infer D }
    ? [D] extends [undefined | null]
      ? Delivered<F> | undefined
      : Delivered<F>
    : Delivered<F> | undefined;

type Camel<S extends string> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;
type Spellings<K> = K extends string ? K | Camel<K> : K;

/** The values a block of fields delivers, under their names as declared and in camelCase. */
export type InputValues<F extends InputFields> = string extends keyof F
  ? Record<string, any>
  : { [K in keyof F as Spellings<K>]: Filled<F[K]> };
