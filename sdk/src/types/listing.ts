/** Who may install a private workflow. */
export type AccessGrant =
  | { type: 'user' | 'email' | 'email_domain' | 'organization' | 'access_code'; value: string; maxInstalls?: number; expiresAt?: string | number }
  | { grantType: 'user' | 'email' | 'email_domain' | 'organization' | 'access_code'; grantValue: string; maxInstalls?: number; expiresAt?: string | number };

/** `export const metadata`: how the workflow is listed, shared and run. */
export interface WorkflowMetadata {
  id?: string;
  name?: string;
  description?: string;
  version?: string;
  changelog?: string;
  visibility?: 'public' | 'private' | 'unlisted';
  accessGrants?: AccessGrant[];
  credentialMode?: 'system' | 'developer' | 'hybrid';
  /** Customers bring their own OAuth apps. */
  byoo?: { enabled: boolean; providers: string[]; instructions?: string };
  analytics?: { enabled: boolean; dashboardUrl?: string; retention?: string; exportEnabled?: boolean };
  analyticsUrl?: string;
  audit?: { enabled: boolean; events: ('execute' | 'config_change' | 'access_grant')[]; retention?: string };
  rollout?: { strategy: 'gradual'; percentage: number };
  migration?: { from: string; script: (oldConfig: any) => any };
  setupUrl?: string;
  dashboardUrl?: string;
  alerts?: { name: string; condition: string; window?: string; channels: string[] }[];
  onConfigChange?: (context: any) => Promise<void>;
  category?: string;
  tagline?: string;
  icon?: string;
  tags?: string[];
  [field: string]: unknown;
}

/** The default export of `millrace.config.ts`. */
export type ProjectConfig = WorkflowMetadata;

/** Where an installed workflow takes a field's first value from. */
export type SmartDefault =
  | { inferFrom: 'connected_integration'; integration: string; field: string }
  | { inferFrom: 'user_timezone' }
  | { inferFrom: 'user_preference'; key: string }
  | { value: unknown };

/** Discovery data; never needed to run. */
export interface Pathway {
  outcomeFrame?: string;
  outcomeStatement?: { suggestion?: string; explanation?: string; outcome?: string };
  primaryPair?: { from: string; to: string; workflowId: string; outcome?: string };
  additionalPairs?: { from: string; to: string; workflowId: string; outcome?: string }[];
  discoveryMoments?: {
    trigger: 'integration_connected' | 'event_received' | 'time_based' | 'pattern_detected';
    integrations: string[];
    workflowId: string;
    priority: number;
    eventType?: string;
    pattern?: { action: string; threshold: number; period: 'day' | 'week' | 'month' };
  }[];
  smartDefaults?: Record<string, SmartDefault>;
  essentialFields?: string[];
  requiredProperties?: (string | { property: string; weight: number })[];
  zuhandenheit?: { timeToValue?: number; worksOutOfBox?: boolean; gracefulDegradation?: boolean; automaticTrigger?: boolean };
  walkthrough?: { scenes: { title: string; text: string }[] };
  [field: string]: unknown;
}

/** What a workflow costs, in USD. */
export interface Pricing {
  model: 'free' | 'freemium' | 'subscription' | 'usage' | 'one-time' | 'paid';
  price?: number;
  pricePerMonth?: number;
  pricePerExecution?: number;
  freeExecutions?: number;
  freeTier?: { executionsPerMonth: number };
  usagePricing?: { pricePerExecution: number; includedExecutions?: number };
  trialDays?: number;
  description?: string;
  [field: string]: unknown;
}
