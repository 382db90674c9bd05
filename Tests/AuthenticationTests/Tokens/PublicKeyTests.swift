import COpenSSL
import Testing

@testable import Authentication

struct PublicKeyTests {
    private let openssl: OpenSSL

    init() throws {
        openssl = OpenSSL(folder: try KeysFolder())
    }

    private func makePoint(_ curve: String, bytes: Int) throws -> (x: [UInt8], y: [UInt8]) {
        try openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:\(curve)", "-out", "private.pem")
        return try openssl.point(bytes: bytes)
    }

    @Test func `a point that is not on its curve is refused`() throws {
        let (x, y) = try makePoint("P-256", bytes: 32)
        _ = try PublicKey.point(on: .p256, x: x, y: y)
        var other = y
        other[31] ^= 1
        let zeros = [UInt8](repeating: 0, count: 32)
        let ones = [UInt8](repeating: 255, count: 32)
        let strange = try makePoint("secp256k1", bytes: 32)
        for (x, y) in [(x, other), (y, x), (zeros, zeros), (x, zeros), (ones, ones), (strange.x, strange.y)] {
            #expect(throws: OpenSSLError.self) { try PublicKey.point(on: .p256, x: x, y: y) }
        }
        var long = try makePoint("P-384", bytes: 48)
        _ = try PublicKey.point(on: .p384, x: long.x, y: long.y)
        long.x[0] ^= 1
        #expect(throws: OpenSSLError.self) { try PublicKey.point(on: .p384, x: long.x, y: long.y) }
    }

    @Test func `a point of another curve's size, or with a coordinate cut or padded, is refused`() throws {
        let (x, y) = try makePoint("P-256", bytes: 32)
        let long = try makePoint("P-384", bytes: 48)
        for (x, y) in [(long.x, long.y), ([0] + x, y), (x, [0] + y), (x.dropLast(), y), ([], []), (x, []), (x + y, [])]
        {
            #expect(throws: KeyFileError.self) { try PublicKey.point(on: .p256, x: Array(x), y: y) }
        }
        #expect(throws: KeyFileError.self) { try PublicKey.point(on: .p384, x: x, y: y) }
        for count in [0, 31, 33, 57] {
            #expect(throws: KeyFileError.self) { try PublicKey.ed25519([UInt8](repeating: 9, count: count)) }
        }
    }

    private func makeModulus(bits: Int) throws -> [UInt8] {
        try openssl(
            "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:\(bits)", "-out", "private.pem")
        return try openssl.modulus()
    }

    @Test(arguments: [512, 1024, 2047])
    func `an RSA key that is too short is refused`(_ bits: Int) throws {
        let modulus = try makeModulus(bits: bits)
        let error = #expect(throws: KeyFileError.self) { try PublicKey.rsa(modulus: modulus, exponent: [1, 0, 1]) }
        #expect(error?.message.contains("\(bits) bits") == true)
        // Zeros do not make it longer.
        let padded = [UInt8](repeating: 0, count: 256) + modulus
        #expect(throws: KeyFileError.self) { try PublicKey.rsa(modulus: padded, exponent: [1, 0, 1]) }
    }

    @Test func `an RSA key has two odd numbers in bounds`() throws {
        let n = try makeModulus(bits: 2048)
        for e: [UInt8] in [[3], [1, 0, 1], [0, 1, 0, 1], [1] + Array(repeating: 0, count: 6) + [1]] {
            _ = try PublicKey.rsa(modulus: n, exponent: e)
        }
        _ = try PublicKey.rsa(modulus: [0] + n, exponent: [3])
        for e: [UInt8] in [[], [0], [1], [2], [0, 1], [1, 0, 0], [1] + Array(repeating: 0, count: 7) + [1], n] {
            #expect(throws: KeyFileError.self, "\(e)") { try PublicKey.rsa(modulus: n, exponent: e) }
        }
        #expect(throws: OpenSSLError.self) { try PublicKey.rsa(modulus: n.dropLast() + [n[255] ^ 1], exponent: [3]) }
        for n in [[], [UInt8](repeating: 0, count: 256), [UInt8](repeating: 255, count: 2049)] {
            #expect(throws: KeyFileError.self) { try PublicKey.rsa(modulus: n, exponent: [3]) }
        }
    }

    @Test func `a failure leaves nothing behind for the next one to find`() throws {
        let (x, y) = try makePoint("P-256", bytes: 32)
        let key = try PublicKey.point(on: .p256, x: x, y: y)
        ERR_clear_error()
        let error = #expect(throws: OpenSSLError.self) { try PublicKey.point(on: .p256, x: y, y: x) }
        #expect(error?.reason != nil)
        #expect(ERR_peek_error() == 0)
        #expect(throws: OpenSSLError.self) { try OpenSSLKey(pem: Array("no key".utf8)) }
        #expect(ERR_peek_error() == 0)
        #expect(try !key.isValid([UInt8](repeating: 255, count: 64), of: [], by: .es256))
        #expect(ERR_peek_error() == 0)
        try openssl.makeKey(.rs256)
        let rsa = try PublicKey.rsa(modulus: openssl.modulus(), exponent: [1, 0, 1])
        for algorithm in [SignatureAlgorithm.rs256, .ps256] {
            for count in [0, 255, 256, 257] {
                #expect(try !rsa.isValid([UInt8](repeating: 1, count: count), of: [], by: algorithm))
                #expect(ERR_peek_error() == 0)
            }
        }
    }
}
