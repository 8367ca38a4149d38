#!/usr/bin/env node
// In the repository, executable: npm links it before anything has been built.
import '../dist/bin/main.js';
