#include "CSHA256.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

bool registryd_sha256_pair_is_supported(void) {
    unsigned a, b, c, d;
    // SHA; SSSE3 and SSE4.1 (Intel's manual, CPUID).
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 29 & 1) && __get_cpuid(1, &a, &b, &c, &d) && (c >> 9 & 1)
        && (c >> 19 & 1);
}

#define WITH_SHA __attribute__((target("sha,sse4.1,ssse3")))

static const uint32_t constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

// A chaining value, in the order that the instructions want.
typedef struct {
    __m128i abef, cdgh;
} State;

WITH_SHA static inline State load(const uint32_t h[8]) {
    __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)h), 0xb1);
    __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(h + 4)), 0x1b);
    return (State){_mm_alignr_epi8(cdab, efgh, 8), _mm_blend_epi16(efgh, cdab, 0xf0)};
}

WITH_SHA static inline void store(uint32_t h[8], State state) {
    __m128i feba = _mm_shuffle_epi32(state.abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(state.cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)h, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(h + 4), _mm_alignr_epi8(dchg, feba, 8));
}

WITH_SHA static inline State add(State a, State b) {
    return (State){_mm_add_epi32(a.abef, b.abef), _mm_add_epi32(a.cdgh, b.cdgh)};
}

WITH_SHA static inline void four_rounds(State *state, __m128i words) {
    state->cdgh = _mm_sha256rnds2_epu32(state->cdgh, state->abef, words);
    state->abef = _mm_sha256rnds2_epu32(state->abef, state->cdgh, _mm_shuffle_epi32(words, 0x0e));
}

WITH_SHA void registryd_sha256_pair(uint32_t first[8], uint32_t second[8], const void *blocks, size_t count) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    const __m128i *block = blocks;
    State a = load(first), b = load(second);
    for (; count > 0; count--, block += 4) {
        State a_before = a, b_before = b;
        // The last 16 words of the message schedule, four each.
        __m128i w[4];
#pragma clang loop unroll(full)
        for (int i = 0; i < 16; i++) {
            __m128i *next = &w[i % 4];
            if (i < 4) {
                *next = _mm_shuffle_epi8(_mm_loadu_si128(block + i), big_endian);
            } else {
                __m128i sum = _mm_add_epi32(
                    _mm_sha256msg1_epu32(*next, w[(i + 1) % 4]), _mm_alignr_epi8(w[(i + 3) % 4], w[(i + 2) % 4], 4));
                *next = _mm_sha256msg2_epu32(sum, w[(i + 3) % 4]);
            }
            __m128i words = _mm_add_epi32(*next, _mm_load_si128((const __m128i *)constants + i));
            four_rounds(&a, words);
            four_rounds(&b, words);
        }
        a = add(a, a_before);
        b = add(b, b_before);
    }
    store(first, a);
    store(second, b);
}

#else
// OpenSSL's own code for one hash after the other.
bool registryd_sha256_pair_is_supported(void) { return false; }

void registryd_sha256_pair(uint32_t first[8], uint32_t second[8], const void *blocks, size_t count) {
    (void)first, (void)second, (void)blocks, (void)count;
    __builtin_trap();
}
#endif
