// Two SHA-256 hashes over the same bytes (FIPS 180-4), in hardly more time than one.
//
// A round waits for the one before it, and a processor with instructions for SHA-256 is idle meanwhile: it can work at a second
// hash. What is made of the message for the rounds is the same for both.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Whether the processor has the instructions.
bool registryd_sha256_pair_is_supported(void);

// Carries two chaining values on, H(i) of FIPS 180-4, over `count` blocks of 64 bytes. Only where that is supported.
void registryd_sha256_pair(uint32_t first[8], uint32_t second[8], const void *blocks, size_t count);
