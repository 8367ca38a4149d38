/**
 * Everything that watches a local run and leaves it as it is, on one run: applying and transcoding take longer than the tests
 * of each. What changes a run has one of its own (demo.browser.test.ts).
 */
import './players.ts';
import './playlist.ts';
import './player-table.ts';
import './foreign-page.ts';
import './token-table.ts';
import './content-key-canary.ts';
import './playback-examples.ts';
