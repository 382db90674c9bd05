import Testing

@testable import Authentication

/// Signatures that openssl made, and what does not pass for one.
struct SignatureTests {
    private let content = Array("what is signed".utf8)
    private let openssl: OpenSSL

    init() throws {
        openssl = OpenSSL(folder: try KeysFolder())
        try openssl.folder.write("what is signed", to: "content")
    }

    private func sign(_ options: String...) throws -> [UInt8] {
        try openssl(
            ["dgst"] + options.flatMap { $0.hasPrefix("-") ? [$0] : ["-sigopt", $0] }
                + ["-sign", "private.pem", "content"])
    }

    @Test(arguments: [SignatureAlgorithm.es256, .es384])
    func `an ECDSA signature is two numbers of the curve's size, and neither is zero`(
        _ algorithm: SignatureAlgorithm
    ) throws {
        let (size, hash) = algorithm == .es256 ? (32, "-sha256") : (48, "-sha384")
        try openssl.makeKey(algorithm)
        let point = try openssl.point(bytes: size)
        let key = try PublicKey.point(on: algorithm == .es256 ? .p256 : .p384, x: point.x, y: point.y)
        let der = try sign(hash)
        let good = try OpenSSL.plain(der, size)
        #expect(try key.isValid(good, of: content, by: algorithm))
        #expect(try !key.isValid(good, of: content + [0], by: algorithm))
        #expect(try !key.isValid(good, of: [], by: algorithm))
        let (r, s) = (Array(good.prefix(size)), Array(good.suffix(size)))
        let zero = [UInt8](repeating: 0, count: size)
        let most = [UInt8](repeating: 255, count: size)
        let bad = [
            [], [0], Array(good.dropLast()), good + [0], [0] + good, Array(good.dropFirst()), good + good, r, der,
            OpenSSL.der(good), zero + s, r + zero, zero + zero, most + s, r + most, most + most, s + r,
            [0] + r + [0] + s,
        ]
        for signature in bad {
            #expect(try !key.isValid(signature, of: content, by: algorithm), "\(signature.count) bytes")
        }
        for index in good.indices {
            var changed = good
            changed[index] ^= 1
            #expect(try !key.isValid(changed, of: content, by: algorithm), "byte \(index)")
        }
        for other in SignatureAlgorithm.allCases where other != algorithm {
            #expect(try !key.isValid(good, of: content, by: other))
        }
    }

    @Test func `an RSA signature is as long as the key, and its hash and padding are the named ones`() throws {
        try openssl.makeKey(.rs256)
        let key = try PublicKey.rsa(modulus: openssl.modulus(), exponent: [1, 0, 1])
        let plain = try sign("-sha256")
        let pss = try sign("-sha256", "rsa_padding_mode:pss", "rsa_pss_saltlen:digest")
        for (good, algorithm) in [(plain, SignatureAlgorithm.rs256), (pss, .ps256)] {
            #expect(try key.isValid(good, of: content, by: algorithm))
            for bad in [[], Array(good.dropLast()), good + [0], [0] + good, good.reversed()] {
                #expect(try !key.isValid(bad, of: content, by: algorithm))
            }
            for other in SignatureAlgorithm.allCases where other != algorithm {
                #expect(try !key.isValid(good, of: content, by: other))
            }
        }
        #expect(try !key.isValid(try sign("-sha1"), of: content, by: .rs256))
        let others = [
            try sign("-sha256", "rsa_padding_mode:pss", "rsa_pss_saltlen:20"),
            try sign("-sha256", "rsa_padding_mode:pss", "rsa_pss_saltlen:0"),
            try sign("-sha256", "rsa_padding_mode:pss", "rsa_pss_saltlen:max"),
            try sign("-sha256", "rsa_padding_mode:pss", "rsa_pss_saltlen:32", "rsa_mgf1_md:sha1"),
            try sign("-sha512", "rsa_padding_mode:pss", "rsa_pss_saltlen:32"),
        ]
        for signature in others {
            #expect(try !key.isValid(signature, of: content, by: .ps256))
        }
    }

    @Test func `an Ed25519 signature is 64 bytes`() throws {
        try openssl.makeKey(.edDSA)
        let info = try openssl("pkey", "-in", "private.pem", "-pubout", "-outform", "DER")
        let key = try PublicKey.ed25519(Array(info.suffix(32)))
        let good = try openssl("pkeyutl", "-sign", "-inkey", "private.pem", "-rawin", "-in", "content")
        #expect(try key.isValid(good, of: content, by: .edDSA))
        #expect(try !key.isValid(good, of: content + [0], by: .edDSA))
        let zeros = [UInt8](repeating: 0, count: 64)
        for bad in [[], Array(good.dropLast()), good + [0], [0] + good, zeros] {
            #expect(try !key.isValid(bad, of: content, by: .edDSA))
        }
    }

    @Test func `threads share a key`() async throws {
        let key = try TokenKey(created: .seconds(1))
        let rights = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var rights = 0
                    for round in 0..<50 {
                        let content = Array("\(task) \(round)".utf8)
                        let signature = try key.signature(of: content)
                        if try key.publicKey.isValid(signature, of: content, by: .es256) { rights += 1 }
                        if try key.publicKey.isValid(signature, of: content + [0], by: .es256) { rights -= 1 }
                    }
                    return rights
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(rights == 400)
    }
}
