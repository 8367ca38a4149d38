<?php

declare(strict_types=1);

/** The video's id in lower case, from what an administrator pastes; null for what names no video. */
function bunny_video_id(string $pasted): ?string
{
    // As JavaScript trims: a text copied from a page often has a no-break space, which trim() leaves.
    $space = '[\t-\r \x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}]';
    $text = strlen($pasted) <= 8192 ? preg_replace("/\A$space+|$space+\z/u", '', $pasted) : null;
    $guid = '([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})';
    $player = "(?:player|iframe)\.mediadelivery\.net\/(?:embed|play)\/[0-9]+\/$guid\/?";
    $page = "video\.bunnycdn\.com\/play\/[0-9]+\/$guid\/?";
    $notPlayer = '(?!(?:(?:player|iframe)\.mediadelivery\.net|video\.bunnycdn\.com)\/)';
    $host = $notPlayer . '[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]{1,5})?';
    $playlist = "$host(?:\/bcdn_token=[^\/?#]*)?\/$guid\/playlist\.m3u8";
    // (?|…): whichever matches, the id is the first group.
    $url = "(?:(?:https?:)?\/\/)?(?|$player|$page|$playlist)(?:[?#].*)?";
    return preg_match("/\A(?|$guid|$url)\z/is", $text ?? '', $matches) === 1 ? strtolower($matches[1]) : null;
}
