// OpenSSL's libcrypto as the registry uses it: the low-level SHA-2 contexts, and HMAC for signing S3 requests.
// OpenSSL 3 marks the contexts deprecated in favour of EVP, but an EVP context is opaque and cannot be written to disk
// and read back, which resuming an upload without hashing it twice needs. The low-level ones are plain structs.
#pragma once
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
