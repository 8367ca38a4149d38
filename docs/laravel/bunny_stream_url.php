<?php

declare(strict_types=1);

/**
 * The URL of a Bunny Stream video's HLS playlist. Its token opens every file of this video until $expiresAt, and is part
 * of the path, so that segments inherit it.
 */
function bunny_stream_url(string $pullZoneHost, string $tokenKey, string $videoId, int $expiresAt): string
{
    bunny_check($videoId, $expiresAt);
    if (preg_match('/\A[a-z0-9-]+(?:\.[a-z0-9-]+)+\z/', $pullZoneHost) !== 1) {
        throw new InvalidArgumentException('the pull zone must be a host name such as vz-1234abcd-567.b-cdn.net');
    }
    $directory = "/$videoId/";
    $hmac = hash_hmac('sha256', "{$directory}{$expiresAt}token_path={$directory}", $tokenKey, true);
    $token = 'HS256-' . rtrim(strtr(base64_encode($hmac), '+/', '-_'), '=');
    $parameters = 'token_path=' . rawurlencode($directory) . "&expires=$expiresAt";
    return "https://$pullZoneHost/bcdn_token=$token&$parameters{$directory}playlist.m3u8";
}

/** The URL of Bunny's player for an <iframe>: keep it short, since anyone can open a copy of it until it expires. */
function bunny_embed_url(int $libraryId, string $embedTokenKey, string $videoId, int $expiresAt): string
{
    bunny_check($videoId, $expiresAt);
    $token = hash('sha256', $embedTokenKey . $videoId . $expiresAt);
    return "https://player.mediadelivery.net/embed/$libraryId/$videoId?token=$token&expires=$expiresAt";
}

function bunny_check(string $videoId, int $expiresAt): void
{
    // \z and not $, which lets a line break through.
    if (preg_match('/\A[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\z/', $videoId) !== 1) {
        throw new InvalidArgumentException('the video id must be a GUID in lower case');
    }
    if ($expiresAt <= time() || $expiresAt > time() + 7 * 86400) {
        throw new InvalidArgumentException('the expiry must be a time within the next 7 days, in seconds');
    }
}
