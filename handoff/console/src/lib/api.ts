/** Every HTTP request of the console, and the errors it may end in. */

import type {
  Case,
  CaseEvent,
  CaseView,
  Invitation,
  InvitationLink,
  Me,
  Outcome,
  Overview,
  Person,
  Role,
  StaffMember,
  StaffMessage,
} from './types';

const ROOT = '/staff/api';
const TIMEOUT_MS = 12_000;

/** The server answered, and said no. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }

  /** A number that came with the error, for example `position` or `retry_after_s`. */
  number(key: string): number | null {
    const value = this.data[key];
    return typeof value === 'number' ? value : null;
  }

  /** Who has the case, for `already_claimed`. */
  get owner(): Person | null {
    const value = this.data['owner'];
    if (typeof value !== 'object' || value === null) return null;
    const { id, name } = value as Record<string, unknown>;
    return typeof id === 'string' && typeof name === 'string' ? { id, name } : null;
  }
}

/** No answer came: whether the request arrived is not known. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}

let whenSignedOut: () => void = () => {};

/** Call `callback` when a request finds that the session is over. */
export function onSignedOut(callback: () => void): void {
  whenSignedOut = callback;
}

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init: RequestInit = {
    method,
    credentials: 'same-origin',
    cache: 'no-store',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  };
  if (method !== 'GET') {
    // The server asks for JSON on every change, a body or none.
    init.headers = { 'Content-Type': 'application/json' };
    init.body = JSON.stringify(body ?? {});
  }
  let response: Response;
  let text: string;
  try {
    response = await fetch(ROOT + path, init);
    text = await response.text();
  } catch (cause) {
    throw new NetworkError(`${method} ${path}: no answer`, { cause });
  }
  const answer = parse(text);
  if (response.ok) {
    if (answer === undefined && text !== '') {
      throw new ApiError(response.status, 'unreadable', 'The answer is not JSON.');
    }
    return answer as T;
  }
  const error = errorOf(response.status, answer);
  if (error.status === 401 && error.code !== 'wrong_credentials') whenSignedOut();
  throw error;
}

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function errorOf(status: number, answer: unknown): ApiError {
  const outer = answer as { error?: Record<string, unknown> } | undefined;
  const error = outer?.error;
  if (typeof error !== 'object' || error === null) {
    return new ApiError(status, 'unknown', `The server answered ${status}.`);
  }
  const code = typeof error['code'] === 'string' ? error['code'] : 'unknown';
  const message = typeof error['message'] === 'string' ? error['message'] : code;
  return new ApiError(status, code, message, error);
}

const part = encodeURIComponent;

export const getMe = () => request<Me>('GET', '/session');
export const signIn = (login: string, password: string) =>
  request<Me>('POST', '/session', { login, password });
export const signOut = () => request<void>('DELETE', '/session');

export const getInvitation = (token: string) =>
  request<Invitation>('GET', `/invitation?token=${part(token)}`);
export const acceptInvitation = (body: {
  token: string;
  login: string;
  name: string;
  password: string;
}) => request<Me>('POST', '/invitation', body);
export const invite = (role: Role, name: string) =>
  request<InvitationLink>('POST', '/invitations', { role, name });
export const getStaff = () => request<{ staff: StaffMember[] }>('GET', '/staff');

export const setDuty = (on: boolean) => request<Me>('PUT', '/duty', { on });
export const getOverview = () => request<Overview>('GET', '/overview');
export const getClosed = (before?: string) =>
  request<{ cases: Case[] }>(
    'GET',
    `/cases?status=closed${before === undefined ? '' : `&before=${part(before)}`}`,
  );

export const getCase = (id: string) => request<CaseView>('GET', `/cases/${part(id)}`);
export const getEarlier = (id: string, before: number) =>
  request<{ messages: StaffMessage[]; more: boolean }>(
    'GET',
    `/cases/${part(id)}/messages?before=${before}`,
  );
export const claim = (id: string) => request<Case>('POST', `/cases/${part(id)}/claim`);
export const release = (id: string) => request<Case>('POST', `/cases/${part(id)}/release`);
export const send = (id: string, body: { client_id: string; text: string; seen: number }) =>
  request<StaffMessage>('POST', `/cases/${part(id)}/messages`, body);
export const addNote = (id: string, body: { client_id: string; text: string }) =>
  request<CaseEvent>('POST', `/cases/${part(id)}/notes`, body);
export const close = (
  id: string,
  body: { outcome: Outcome; note: string; resume_assessment?: boolean },
) => request<Case>('POST', `/cases/${part(id)}/close`, body);
export const retry = (message: string) => request<void>('POST', `/messages/${part(message)}/retry`);
