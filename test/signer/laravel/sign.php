<?php

declare(strict_types=1);

// The test's way to the functions in docs/laravel: a list of calls as JSON on standard input, the answers as JSON.
require __DIR__ . '/../../../docs/laravel/bunny_stream_url.php';
require __DIR__ . '/../../../docs/laravel/bunny_video_id.php';

$answers = array_map(function (array $call): array {
    try {
        return ['answer' => $call['function'](...$call['arguments'])];
    } catch (Throwable $error) {
        return ['error' => get_class($error), 'message' => $error->getMessage()];
    }
}, json_decode(stream_get_contents(STDIN), true, 16, JSON_THROW_ON_ERROR));
echo json_encode($answers, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES);
