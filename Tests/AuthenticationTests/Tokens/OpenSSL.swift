import Foundation
import RegistryCore
import TestSupport
import Testing

@testable import Authentication

/// The openssl command: an implementation that has nothing to do with ours.
struct OpenSSL {
    let folder: KeysFolder

    /// What it prints. Files are those in the folder.
    @discardableResult
    func callAsFunction(_ arguments: String...) throws -> [UInt8] { try self(arguments) }

    @discardableResult
    func callAsFunction(_ arguments: [String]) throws -> [UInt8] {
        let output = "\(folder.path)/output-\(UploadID())"
        // Into a file and not a pipe: other tests start programs meanwhile, which would hold the pipe open.
        let command = ["-c", #"cd "$0" && exec openssl "$@""#, folder.path] + arguments
        try #require(try spawn("sh", command, output: output) == 0, "openssl \(arguments)")
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: output)))
    }

    /// Makes `private.pem`.
    func makeKey(_ algorithm: SignatureAlgorithm) throws {
        switch algorithm {
        case .rs256, .rs384, .rs512, .ps256:
            try self("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "private.pem")
        case .es256:
            try self("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "private.pem")
        case .es384:
            try self("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", "private.pem")
        case .edDSA:
            try self("genpkey", "-algorithm", "ED25519", "-out", "private.pem")
        }
    }

    /// The public half of `private.pem` as a JWK; `members` are added.
    func jwk(_ algorithm: SignatureAlgorithm, _ members: String) throws -> String {
        switch algorithm {
        case .rs256, .rs384, .rs512, .ps256:
            return #"{"kty":"RSA","n":"\#(Base64URL.encode(try modulus()))","e":"AQAB",\#(members)}"#
        case .es256, .es384:
            let point = try point(bytes: algorithm == .es256 ? 32 : 48)
            let (x, y) = (Base64URL.encode(point.x), Base64URL.encode(point.y))
            let curve = algorithm == .es256 ? "P-256" : "P-384"
            return #"{"kty":"EC","crv":"\#(curve)","x":"\#(x)","y":"\#(y)",\#(members)}"#
        case .edDSA:
            return #"{"kty":"OKP","crv":"Ed25519","x":"\#(Base64URL.encode(try publicKey().suffix(32)))",\#(members)}"#
        }
    }

    /// Of the RSA key in `private.pem`.
    func modulus() throws -> [UInt8] {
        let line = String(decoding: try self("rsa", "-in", "private.pem", "-noout", "-modulus"), as: UTF8.self)
        let digits = Array(line.trimmingCharacters(in: .newlines).dropFirst("Modulus=".count))
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
    }

    /// Of the key in `private.pem`, on a curve whose coordinates are so long.
    func point(bytes count: Int) throws -> (x: [UInt8], y: [UInt8]) {
        let point = try publicKey().suffix(2 * count)
        return (Array(point.prefix(count)), Array(point.suffix(count)))
    }

    private func publicKey() throws -> [UInt8] {
        try self("pkey", "-in", "private.pem", "-pubout", "-outform", "DER")
    }

    /// A token signed with `private.pem`.
    func token(_ header: String, _ payload: String, _ algorithm: SignatureAlgorithm) throws -> String {
        let signed = Base64URL.encode(header.utf8) + "." + Base64URL.encode(payload.utf8)
        try folder.write(signed, to: "signed")
        let signature =
            switch algorithm {
            case .rs256: try self("dgst", "-sha256", "-sign", "private.pem", "signed")
            case .rs384: try self("dgst", "-sha384", "-sign", "private.pem", "signed")
            case .rs512: try self("dgst", "-sha512", "-sign", "private.pem", "signed")
            case .ps256:
                try self(
                    "dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest", "-sign",
                    "private.pem", "signed")
            case .es256: try Self.plain(try self("dgst", "-sha256", "-sign", "private.pem", "signed"), 32)
            case .es384: try Self.plain(try self("dgst", "-sha384", "-sign", "private.pem", "signed"), 48)
            case .edDSA: try self("pkeyutl", "-sign", "-inkey", "private.pem", "-rawin", "-in", "signed")
            }
        return signed + "." + Base64URL.encode(signature)
    }

    /// ECDSA's two numbers, which openssl gives in DER, as tokens have them.
    static func plain(_ der: [UInt8], _ length: Int) throws -> [UInt8] {
        // SEQUENCE, INTEGER, INTEGER; all lengths are below 128.
        try #require(der.first == 0x30 && der[1] == der.count - 2)
        let first = der[4..<(4 + Int(der[3]))]
        let second = der[(first.endIndex + 2)...]
        return [first, second].flatMap { number in
            let digits = number.drop { $0 == 0 }
            return [UInt8](repeating: 0, count: length - digits.count) + digits
        }
    }

    /// ECDSA's two numbers in DER.
    static func der(_ plain: [UInt8]) -> [UInt8] {
        let numbers = [plain.prefix(plain.count / 2), plain.suffix(plain.count / 2)].flatMap { number -> [UInt8] in
            let digits = number.drop { $0 == 0 }
            let positive = (digits.first ?? 0) < 0x80 ? Array(digits) : [0] + digits
            return [0x02, UInt8(positive.count)] + positive
        }
        return [0x30, UInt8(numbers.count)] + numbers
    }
}
