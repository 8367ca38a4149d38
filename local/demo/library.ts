/** The demo's books, in memory: a real backend has a table. */

export type BookState =
  | { readonly status: 'uploading' }
  /** `percent` is the MediaConvert job's, 0 to 100. */
  | { readonly status: 'transcoding'; readonly percent: number }
  | { readonly status: 'ready' }
  /** `error` is one line with its remedy, for the person who uploaded. */
  | { readonly status: 'failed'; readonly error: string };

export interface Book {
  /** The id in `<pathPrefix>/<id>/`. */
  readonly id: string;
  readonly title: string;
  readonly state: BookState;
}

export class Library {
  readonly #books = new Map<string, Book>();

  constructor(books: readonly Book[]) {
    for (const book of books) this.add(book);
  }

  /** In the order in which they were added. */
  books(): Book[] {
    return [...this.#books.values()];
  }

  find(id: string): Book | undefined {
    return this.#books.get(id);
  }

  add(book: Book): void {
    this.#books.set(book.id, book);
  }

  update(id: string, state: BookState): void {
    const book = this.#books.get(id);
    if (book) this.#books.set(id, { ...book, state });
  }
}
