<?php

declare(strict_types=1);

/** The video's id in lower case, from what an administrator pastes; null for what names no video. */
function bunny_video_id(string $pasted): ?string
{
    $guid = '([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})';
    $player = '(?:https?:)?\/\/(?:player|iframe)\.mediadelivery\.net\/(?:embed|play)\/\d+\/' . $guid . '\/?(?:[?#].*)?';
    $host = '(?!(?:player|iframe)\.mediadelivery\.net\/)[a-z0-9-]+(?:\.[a-z0-9-]+)+';
    $playlist = 'https?:\/\/' . $host . '(?:\/bcdn_token=[^\/?#]*)?\/' . $guid . '\/playlist\.m3u8(?:[?#].*)?';
    $found = preg_match("/\A(?:$guid|$player|$playlist)\z/i", trim($pasted), $matches, PREG_UNMATCHED_AS_NULL);
    return $found === 1 ? strtolower($matches[1] ?? $matches[2] ?? $matches[3]) : null;
}
