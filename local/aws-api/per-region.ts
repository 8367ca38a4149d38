/** What AWS keeps once for each region: the same name in two regions is two things. */
import type { ApiRequest } from './api-request.ts';
import { credentialScopeOf } from './credential-scope.ts';

export class PerRegion<Kept> {
  readonly #byRegion = new Map<string, Kept>();
  readonly #make: (region: string) => Kept;

  /** `make` is asked when a region is named for the first time. */
  constructor(make: (region: string) => Kept) {
    this.#make = make;
  }

  /** What is kept in the region that a call is signed for, which is the one that its client was given. */
  of(request: Pick<ApiRequest, 'headers'>): Kept {
    const region = credentialScopeOf(request)?.region;
    if (region === undefined) throw new Error('a call without a credential scope came to a service');
    const kept = this.#byRegion.get(region) ?? this.#make(region);
    this.#byRegion.set(region, kept);
    return kept;
  }

  all(): readonly Kept[] {
    return [...this.#byRegion.values()];
  }
}
