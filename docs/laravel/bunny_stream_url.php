<?php

declare(strict_types=1);

/**
 * The URL of a Bunny Stream video's HLS playlist. Its token opens every file of this video until $expiresAt, and is part
 * of the path, so that segments inherit it. $pullZone is the zone's name or its host.
 */
function bunny_stream_url(string $pullZone, string $tokenKey, string $videoId, int $expiresAt): string
{
    bunny_check($tokenKey, $videoId, $expiresAt);
    $origin = bunny_origin($pullZone);
    $directory = "/$videoId/";
    $hmac = hash_hmac('sha256', "{$directory}{$expiresAt}token_path={$directory}", $tokenKey, true);
    $token = 'HS256-' . rtrim(strtr(base64_encode($hmac), '+/', '-_'), '=');
    $parameters = 'token_path=' . rawurlencode($directory) . "&expires=$expiresAt";
    return "$origin/bcdn_token=$token&$parameters{$directory}playlist.m3u8";
}

/** The URL of Bunny's player for an <iframe>: keep it short, since anyone can open a copy of it until it expires. */
function bunny_embed_url(int $libraryId, string $embedTokenKey, string $videoId, int $expiresAt): string
{
    bunny_check($embedTokenKey, $videoId, $expiresAt, $libraryId);
    $token = hash('sha256', $embedTokenKey . $videoId . $expiresAt);
    return "https://player.mediadelivery.net/embed/$libraryId/$videoId?token=$token&expires=$expiresAt";
}

/** An empty line of .env gives an empty key, and (int) makes 0 of it: both would be signed, and Bunny would deny it. */
function bunny_check(string $key, string $videoId, int $expiresAt, ?int $libraryId = null): void
{
    // \z and not $, which lets a line break through.
    if (preg_match('/\A[\x21-\x7e]{1,256}\z/', $key) !== 1) {
        throw new InvalidArgumentException(
            'the key must be 1 to 256 printable characters without spaces; is it set in .env?'
        );
    }
    if ($libraryId !== null && $libraryId < 1) {
        throw new InvalidArgumentException('the library id must be the number of a video library; is it set in .env?');
    }
    if (preg_match('/\A[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\z/', $videoId) !== 1) {
        throw new InvalidArgumentException('the video id must be a GUID in lower case');
    }
    if ($expiresAt <= time() || $expiresAt > time() + 7 * 86400) {
        throw new InvalidArgumentException('the expiry must be a time within the next 7 days, in seconds');
    }
}

/** A zone's name (vz-1234abcd-567), its host, the URL of its host, or for development the origin of a local Bunny edge. */
function bunny_origin(string $pullZone): string
{
    $zone = preg_replace('/\/\z/', '', strtolower(trim($pullZone)));
    if (preg_match('/\Ahttps?:\/\/(?:localhost|127\.0\.0\.1)(?::\d{1,5})?\z/', $zone) === 1) {
        return $zone;
    }
    $host = preg_replace('/\Ahttps:\/\//', '', $zone);
    if (preg_match('/\A[a-z0-9-]+\z/', $host) === 1) {
        $host .= '.b-cdn.net';
    }
    $label = '(?:[a-z0-9]|[a-z0-9][a-z0-9-]{0,61}[a-z0-9])';
    if (preg_match("/\A(?:$label\.)+(?!\d+\z)$label\z/", $host) !== 1) {
        throw new InvalidArgumentException('the pull zone must be its name or host, such as vz-1234abcd-567.b-cdn.net');
    }
    return "https://$host";
}
