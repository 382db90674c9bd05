// OpenSSL's libcrypto as the registry uses it: the low-level SHA-2 contexts, HMAC for signing S3 requests, EVP keys for
// signing access tokens and checking signatures, and the names in certificates.
// OpenSSL 3 marks the contexts deprecated in favour of EVP, but an EVP context is opaque and cannot be written to disk
// and read back, which resuming an upload without hashing it twice needs. The low-level ones are plain structs.
#pragma once
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
