/** One comment on a pull request that is edited as long as it is there. */

export interface UpsertOptions {
  /** `<GitHub's API>/repos/<owner>/<repository>/issues/<pull request>/comments` */
  readonly commentsUrl: string;
  readonly token: string;
  readonly body: string;
  /** The first line of our own comments. */
  readonly marker: string;
}

interface Comment {
  readonly url: string;
  readonly body?: string;
  readonly user: { readonly login: string } | null;
}

/** Who a workflow's token writes as. A person's comment that quotes the marker is not ours to edit. */
const AUTHOR = 'github-actions[bot]';
const PAGE = 100;

/** Edits the comment that begins with the marker, or makes it. */
export async function upsertComment(options: UpsertOptions): Promise<'edited' | 'made'> {
  const { commentsUrl, body } = options;
  const earlier = await findEarlier(options);
  if (earlier === undefined) await call('POST', commentsUrl, options.token, { body });
  else await call('PATCH', earlier.url, options.token, { body });
  return earlier === undefined ? 'made' : 'edited';
}

async function findEarlier({ commentsUrl, token, marker }: UpsertOptions): Promise<Comment | undefined> {
  for (let page = 1; ; page++) {
    const answer = await call('GET', `${commentsUrl}?per_page=${PAGE}&page=${page}`, token);
    const comments = answer as readonly Comment[];
    const ours = comments.find(({ user, body }) => user?.login === AUTHOR && body?.startsWith(marker));
    if (ours !== undefined || comments.length < PAGE) return ours;
  }
}

async function call(method: string, url: string, token: string, content?: object): Promise<unknown> {
  const answer = await fetch(url, {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'x-github-api-version': '2022-11-28',
    },
    ...(content && { body: JSON.stringify(content) }),
  });
  if (!answer.ok) throw new Error(`${method} ${url}: GitHub answered ${answer.status}`);
  return answer.json();
}
