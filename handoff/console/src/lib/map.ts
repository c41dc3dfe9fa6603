/** Where a location can be looked at: a map that loads fast where the reader is. */

import type { Language } from './types';

/** A link, opened only by a click: it tells the map's owner the place. */
export function mapLink(place: { latitude: number; longitude: number }, language: Language): string {
  const { latitude, longitude } = place;
  if (language === 'zh') {
    return `https://uri.amap.com/marker?position=${longitude},${latitude}&coordinate=wgs84`;
  }
  return `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=17/${latitude}/${longitude}`;
}
