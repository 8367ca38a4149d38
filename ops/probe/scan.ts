/** Whether pictures are whole, or made of two fields of different instants. Pure. */

export type Scan = 'progressive' | 'interlaced';

/** `field_order` of ffprobe; undefined where the file says nothing, or what nobody knows. */
export function scanOf(fieldOrder: string | undefined): Scan | undefined {
  if (fieldOrder === 'progressive') return 'progressive';
  return fieldOrder !== undefined && ['tt', 'bb', 'tb', 'bt'].includes(fieldOrder) ? 'interlaced' : undefined;
}

/**
 * Filters of ffmpeg that make one whole picture of two fields, so that the rate stays.
 *
 * @param options.deinterlaces - `flagged` leaves pictures alone that are flagged as whole ones; `all` does not
 */
export function toProgressive({ deinterlaces }: { readonly deinterlaces: 'flagged' | 'all' }): string[] {
  return [`bwdif=mode=send_frame:deint=${deinterlaces === 'all' ? 'all' : 'interlaced'}`];
}
