/** Rows as the server would send them, with only what a test is about spelled out. */

import type { Case, CaseEvent, CaseView, Evidence, Me, Overview, StaffMessage } from '../src/lib/types';

export const T0 = Date.parse('2026-03-01T12:00:00Z');

export function at(seconds: number): string {
  return new Date(T0 + seconds * 1000).toISOString();
}

export function aCase(change: Partial<Case> = {}): Case {
  return {
    id: 'c1',
    number: 1,
    version: 1,
    status: 'waiting',
    level: 'L2',
    domains: ['suicide'],
    subject: 'self',
    reason: 'risk',
    language: 'zh',
    channel: 'web',
    quote: '活着没意思',
    opened_at: at(0),
    waiting_since: at(0),
    claimed_at: null,
    closed_at: null,
    owner: null,
    outcome: null,
    conversation: 'v1',
    unanswered_since: null,
    last_message_at: at(0),
    target_s: 900,
    ...change,
  };
}

export function aMessage(position: number, change: Partial<StaffMessage> = {}): StaffMessage {
  return {
    position,
    id: `m${position}`,
    client_id: null,
    author: 'citizen',
    name: null,
    kind: 'text',
    text: `第 ${position} 句`,
    buttons: [],
    pinned: false,
    at: at(position),
    level: null,
    evidence: [],
    edited: [],
    delivery: null,
    ...change,
  };
}

export function anEvent(id: string, change: Partial<CaseEvent> = {}): CaseEvent {
  return {
    id,
    at: at(0),
    kind: 'opened',
    staff: null,
    level: null,
    rule: null,
    quote: null,
    text: null,
    ...change,
  };
}

export function someEvidence(change: Partial<Evidence> = {}): Evidence {
  return { quote: '', rule: 'suicide.wish', start: 0, end: 1, level: 'L2', ...change };
}

export function aView(change: Partial<CaseView> = {}): CaseView {
  return {
    case: aCase(),
    messages: [],
    more: false,
    position: 0,
    events: [],
    profile: {},
    assessments: [],
    safety_answers: [],
    history: [],
    ...change,
  };
}

export function anOverview(change: Partial<Overview> = {}): Overview {
  return {
    cases: [],
    on_duty: [],
    nlu: 'ready',
    content_errors: [],
    undelivered: 0,
    server_time: new Date().toISOString(),
    ...change,
  };
}

export function aMe(change: Partial<Me> = {}): Me {
  return {
    id: 'u1',
    login: 'lin',
    name: '小林',
    roles: ['counsellor'],
    permissions: ['case:list', 'case:read', 'case:claim'],
    on_duty: true,
    ...change,
  };
}
