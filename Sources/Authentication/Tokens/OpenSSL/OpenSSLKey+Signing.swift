internal import COpenSSL

extension OpenSSLKey {
    enum Hash: Sendable {
        case sha256, sha384, sha512

        fileprivate var pointer: OpaquePointer? {
            switch self {
            case .sha256: EVP_sha256()
            case .sha384: EVP_sha384()
            case .sha512: EVP_sha512()
            }
        }
    }

    /// How a signature is made, and how it is written in tokens.
    enum Scheme: Sendable {
        /// RFC 7518, section 3.3.
        case rsa(Hash)
        /// RFC 7518, section 3.5: the salt is as long as the hash, and the mask is made with the same hash.
        case pss(Hash)
        /// RFC 7518, section 3.4: two numbers of so many bytes each.
        case ecdsa(Hash, bytes: Int)
        /// RFC 8037, section 3.1. It brings its own hash.
        case ed25519

        fileprivate var hash: Hash? {
            switch self {
            case .rsa(let hash), .pss(let hash), .ecdsa(let hash, _): hash
            case .ed25519: nil
            }
        }
    }

    /// ECDSA with a private key: two numbers of so many bytes each.
    func signature(of content: [UInt8], _ hash: Hash, bytes count: Int) throws(OpenSSLError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw OpenSSLError("cannot sign") }
        defer { EVP_MD_CTX_free(context) }
        var size = 0
        guard EVP_DigestSignInit(context, nil, hash.pointer, nil, pointer) == 1,
            EVP_DigestSign(context, nil, &size, content, content.count) == 1
        else { throw OpenSSLError("cannot sign") }
        var encoded = [UInt8](repeating: 0, count: size)
        // It says how long the signature can be first, and then how long it is.
        guard EVP_DigestSign(context, &encoded, &size, content, content.count) == 1, size <= encoded.count else {
            throw OpenSSLError("cannot sign")
        }
        let numbers = encoded.withUnsafeBufferPointer { bytes in
            var next = bytes.baseAddress
            return d2i_ECDSA_SIG(nil, &next, size)
        }
        guard let numbers else { throw OpenSSLError("cannot read a signature") }
        defer { ECDSA_SIG_free(numbers) }
        return try [UInt8](ECDSA_SIG_get0_r(numbers), count: count) + [UInt8](ECDSA_SIG_get0_s(numbers), count: count)
    }

    /// Whether a signature is this key's. Of one in another form it is false.
    ///
    /// Throws where the key is of a kind that signs in another way.
    func isValid(_ signature: [UInt8], of content: [UInt8], _ scheme: Scheme) throws(OpenSSLError) -> Bool {
        var signature = signature
        if case .ecdsa(_, let count) = scheme {
            guard signature.count == 2 * count else { return false }
            // What OpenSSL reads is a SEQUENCE of both (RFC 3279, section 2.2.3).
            signature = DER.sequence(DER.integer(signature.prefix(count)), DER.integer(signature.suffix(count)))
        }
        guard let context = EVP_MD_CTX_new() else { throw OpenSSLError("cannot check a signature") }
        defer { EVP_MD_CTX_free(context) }
        // It goes with the other.
        var keyContext: OpaquePointer?
        guard EVP_DigestVerifyInit(context, &keyContext, scheme.hash?.pointer, nil, pointer) == 1 else {
            throw OpenSSLError("cannot check a signature")
        }
        if case .pss(let hash) = scheme {
            guard EVP_PKEY_CTX_set_rsa_padding(keyContext, RSA_PKCS1_PSS_PADDING) == 1,
                EVP_PKEY_CTX_set_rsa_pss_saltlen(keyContext, RSA_PSS_SALTLEN_DIGEST) == 1,
                EVP_PKEY_CTX_set_rsa_mgf1_md(keyContext, hash.pointer) == 1
            else { throw OpenSSLError("cannot check a signature") }
        }
        // Zero: it is wrong; less: it is not even in the form of one.
        let isValid = EVP_DigestVerify(context, signature, signature.count, content, content.count) == 1
        if !isValid { ERR_clear_error() }
        return isValid
    }
}
