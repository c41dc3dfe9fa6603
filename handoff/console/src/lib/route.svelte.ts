/** Where the person is, kept after the # of the address. */

export type Route =
  | { page: 'desk'; case: string | null }
  | { page: 'closed'; case: string | null }
  | { page: 'staff' }
  | { page: 'join'; token: string };

export function parseRoute(hash: string): Route {
  const [first = '', second = ''] = hash.replace(/^#\/?/u, '').split('/').map(decode);
  switch (first) {
    case 'join':
      return { page: 'join', token: second };
    case 'staff':
      return { page: 'staff' };
    case 'closed':
      return { page: 'closed', case: second === '' ? null : second };
    case 'case':
      return { page: 'desk', case: second === '' ? null : second };
    default:
      return { page: 'desk', case: null };
  }
}

export function hashOf(route: Route): string {
  switch (route.page) {
    case 'join':
      return `#/join/${encodeURIComponent(route.token)}`;
    case 'staff':
      return '#/staff';
    case 'closed':
      return route.case === null ? '#/closed' : `#/closed/${encodeURIComponent(route.case)}`;
    case 'desk':
      return route.case === null ? '#/' : `#/case/${encodeURIComponent(route.case)}`;
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

class Router {
  route = $state<Route>(parseRoute(window.location.hash));

  constructor() {
    window.addEventListener('hashchange', () => {
      this.route = parseRoute(window.location.hash);
    });
  }

  /** `replace` keeps stepping through the queue out of the browser's history. */
  go(route: Route, replace = false): void {
    const hash = hashOf(route);
    if (replace) window.history.replaceState(null, '', hash);
    else window.history.pushState(null, '', hash);
    this.route = route;
  }
}

export const router = new Router();
