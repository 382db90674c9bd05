internal import COpenSSL

/// A key that OpenSSL holds; it is freed with the last who has it.
///
/// `@unchecked`: nothing changes a key once it is here, and OpenSSL lets threads use one at the same time
/// (openssl-threads(7)).
final class OpenSSLKey: @unchecked Sendable {
    let pointer: OpaquePointer

    /// - Parameter pointer: an EVP_PKEY of which one reference is given away.
    private init(owning pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit { EVP_PKEY_free(pointer) }

    /// A new pair on the curve P-256.
    static func makeP256() throws(OpenSSLError) -> OpenSSLKey {
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else { throw OpenSSLError("cannot make a key") }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1,
            EVP_PKEY_keygen(context, &key) == 1, let key
        else { throw OpenSSLError("cannot make a key") }
        return OpenSSLKey(owning: key)
    }

    /// The first private key in a PEM: PKCS#8, or what was there before it. One with a passphrase is an error.
    convenience init(pem: [UInt8]) throws(OpenSSLError) {
        let key = pem.withUnsafeBytes { bytes -> OpaquePointer? in
            guard let size = CInt(exactly: bytes.count), let file = BIO_new_mem_buf(bytes.baseAddress, size) else {
                return nil
            }
            defer { BIO_free(file) }
            // Without a callback of ours OpenSSL asks for passphrases on the terminal.
            return PEM_read_bio_PrivateKey(file, nil, { _, _, _, _ in -1 }, nil)
        }
        guard let key else { throw OpenSSLError("cannot read it") }
        self.init(owning: key)
        try check("it contradicts itself", EVP_PKEY_check)
    }

    /// A public key.
    ///
    /// - Parameter info: a SubjectPublicKeyInfo in DER (RFC 5280, section 4.1).
    convenience init(info: [UInt8]) throws(OpenSSLError) {
        let key = info.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            guard let start = bytes.baseAddress else { return nil }
            var next: UnsafePointer<UInt8>? = start
            guard let key = d2i_PUBKEY(nil, &next, bytes.count) else { return nil }
            guard next == start + bytes.count else {
                EVP_PKEY_free(key)
                return nil
            }
            return key
        }
        guard let key else { throw OpenSSLError("its parts make no public key") }
        self.init(owning: key)
        // A point may be off its curve, and a modulus a prime.
        try check("its parts make no good public key", EVP_PKEY_public_check)
    }

    private func check(_ message: String, _ check: (OpaquePointer?) -> CInt) throws(OpenSSLError) {
        guard let context = EVP_PKEY_CTX_new(pointer, nil) else { throw OpenSSLError("cannot check a key") }
        defer { EVP_PKEY_CTX_free(context) }
        guard check(context) == 1 else { throw OpenSSLError(message) }
    }
}

extension OpenSSLKey {
    /// Of a private key: PKCS#8, without a passphrase.
    func pem() throws(OpenSSLError) -> String {
        guard let file = BIO_new(BIO_s_mem()) else { throw OpenSSLError("cannot write a key") }
        defer { BIO_free(file) }
        guard PEM_write_bio_PKCS8PrivateKey(file, pointer, nil, nil, 0, nil, nil) == 1 else {
            throw OpenSSLError("cannot write a key")
        }
        var content = [UInt8](repeating: 0, count: BIO_ctrl_pending(file))
        guard let size = CInt(exactly: content.count), BIO_read(file, &content, size) == size else {
            throw OpenSSLError("cannot write a key")
        }
        return String(decoding: content, as: UTF8.self)
    }

    /// The curve's name as OpenSSL has it, `prime256v1` for P-256; nil: it is on none that has a name.
    var curve: String? {
        var name = [CChar](repeating: 0, count: 80)
        var length = 0
        guard EVP_PKEY_get_id(pointer) == EVP_PKEY_EC,
            EVP_PKEY_get_group_name(pointer, &name, name.count, &length) == 1
        else {
            ERR_clear_error()
            return nil
        }
        return String(decoding: name.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The public point, each number in so many bytes.
    ///
    /// Not by way of the encoded point, which is a compressed one where the key came with such.
    func point(bytes count: Int) throws(OpenSSLError) -> (x: [UInt8], y: [UInt8]) {
        (
            x: try number(OSSL_PKEY_PARAM_EC_PUB_X, bytes: count),
            y: try number(OSSL_PKEY_PARAM_EC_PUB_Y, bytes: count)
        )
    }

    private func number(_ name: String, bytes count: Int) throws(OpenSSLError) -> [UInt8] {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(pointer, name, &number) == 1, let number else {
            throw OpenSSLError("a key has no public point")
        }
        defer { BN_free(number) }
        return try [UInt8](number, count: count)
    }
}

extension [UInt8] {
    /// A BIGNUM, big-endian, with zeros in front where it is shorter.
    init(_ number: OpaquePointer?, count: Int) throws(OpenSSLError) {
        self.init(repeating: 0, count: count)
        guard let number, let size = CInt(exactly: count), BN_bn2binpad(number, &self, size) == size else {
            throw OpenSSLError("a number is longer than \(count) bytes")
        }
    }
}
