/** What the server says and hears, as docs/api.md has it (staff part). */

export type Level = 'L0' | 'L1' | 'L2' | 'L3' | 'L4';
export type Language = 'zh' | 'en';
export type Role = 'counsellor' | 'supervisor' | 'editor' | 'admin';
export type CaseStatus = 'waiting' | 'claimed' | 'closed';
export type Author = 'citizen' | 'bot' | 'guide' | 'person';
export type Delivery = 'due' | 'sending' | 'sent' | 'dropped' | 'uncertain' | 'failed';
export type NluState = 'ready' | 'starting' | 'down' | 'off';

export const OUTCOMES = [
  'supported',
  'referred',
  'emergency',
  'citizen_left',
  'no_risk',
  'prank',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export type Permission = 'case:list' | 'case:read' | 'case:claim' | 'staff:invite' | 'staff:read';

export interface Person {
  id: string;
  name: string;
}

export interface Me extends Person {
  login: string;
  roles: Role[];
  /** Holds names that this console does not know as well. */
  permissions: string[];
  on_duty: boolean;
}

export interface Invitation {
  role: Role;
  name: string;
  expires_at: string;
}

export interface InvitationLink {
  link: string;
  expires_at: string;
}

export interface StaffMember extends Person {
  login: string;
  roles: Role[];
  on_duty: boolean;
}

export interface Case {
  id: string;
  number: number;
  version: number;
  status: CaseStatus;
  level: Level;
  domains: string[];
  subject: 'self' | 'other' | 'unknown';
  reason: 'risk' | 'human_request';
  language: Language;
  channel: string;
  quote: string | null;
  opened_at: string;
  waiting_since: string;
  claimed_at: string | null;
  closed_at: string | null;
  owner: Person | null;
  outcome: string | null;
  conversation: string;
  unanswered_since: string | null;
  last_message_at: string | null;
  target_s: number | null;
}

export interface Overview {
  cases: Case[];
  on_duty: Person[];
  nlu: NluState;
  content_errors: string[];
  undelivered: number;
  server_time: string;
}

export interface Evidence {
  quote: string;
  rule: string;
  /** Offsets in Unicode code points of the raw text; -1 when the evidence is an answer. */
  start: number;
  end: number;
  level: Level;
}

export interface Button {
  label: string;
  payload: string;
}

export interface StaffMessage {
  position: number;
  id: string;
  client_id: string | null;
  author: Author;
  name: string | null;
  kind: string;
  text: string;
  buttons: Button[];
  pinned: boolean;
  at: string;
  level: Level | null;
  evidence: Evidence[];
  edited: { text: string; at: string; evidence?: Evidence[] }[];
  delivery: Delivery | null;
  location?: { latitude: number; longitude: number } | null;
}

export interface CaseEvent {
  id: string;
  at: string;
  kind: 'opened' | 'raised' | 'requested' | 'claimed' | 'released' | 'note' | 'paged' | 'closed';
  staff: Person | null;
  level: Level | null;
  rule: string | null;
  quote: string | null;
  text: string | null;
}

export interface Assessment {
  instrument: string;
  total: number | null;
  band: string | null;
  items: { text: string; answer: string | null; value: number | null }[];
  at: string;
  completed: boolean;
}

export interface Profile {
  consent?: boolean | null;
  outside_mainland?: string | null;
  age_group?: string | null;
  region?: string | null;
  emergency_contact?: string | null;
}

export interface CaseView {
  case: Case;
  messages: StaffMessage[];
  more: boolean;
  position: number;
  events: CaseEvent[];
  profile: Profile;
  assessments: Assessment[];
  /** A questionnaire waits half done; it may have no answer to show yet. */
  assessment_paused?: boolean;
  safety_answers: { question: string; answer: string }[];
  history: Case[];
}

export type AlertText =
  | 'opened'
  | 'raised'
  | 'requested'
  | 'released'
  | 'unclaimed'
  | 'unanswered';

export type ServerFrame =
  | { type: 'overview'; overview: Overview }
  | { type: 'conversation'; conversation: string; case: string; position: number }
  | { type: 'presence'; conversation: string; online: boolean; typing: boolean }
  | { type: 'alert'; case: Case; step?: number; text: AlertText }
  | { type: 'ping' };

export type ClientFrame =
  | { type: 'watch'; case: string | null }
  | { type: 'typing'; case: string }
  | { type: 'pong' };
