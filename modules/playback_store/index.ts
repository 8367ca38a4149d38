export { PlaybackTable, type PlaybackTableProps } from './playback-table.ts';
