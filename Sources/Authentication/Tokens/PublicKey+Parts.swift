/// Keys from the parts that a JWK has (RFC 7518, section 6; RFC 8037, section 2).
///
/// They are put together as a SubjectPublicKeyInfo, which OpenSSL reads whatever the kind.
extension PublicKey {
    private enum Identifier {
        /// 1.2.840.10045.2.1
        static let ecPublicKey = DER.identifier([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01])
        /// 1.2.840.10045.3.1.7
        static let p256 = DER.identifier([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07])
        /// 1.3.132.0.34
        static let p384 = DER.identifier([0x2B, 0x81, 0x04, 0x00, 0x22])
        /// 1.2.840.113549.1.1.1
        static let rsa = DER.identifier([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01])
        /// 1.3.101.112
        static let ed25519 = DER.identifier([0x2B, 0x65, 0x70])
    }

    /// In bits. RFC 7518, section 3.3, wants the lower bound; OpenSSL takes nothing above the upper one.
    private static let rsaSizes = 2048...16384

    /// A point on P-256 or P-384 (RFC 5480).
    static func point(on curve: Curve, x: [UInt8], y: [UInt8]) throws -> PublicKey {
        // RFC 7518, section 6.2.1.2: the full size of a coordinate, with its zeros.
        guard x.count == curve.bytes, y.count == curve.bytes else {
            throw KeyFileError("“x” and “y” are not \(curve.bytes) bytes each")
        }
        let name = curve == .p256 ? Identifier.p256 : Identifier.p384
        // SEC 1, section 2.3.3: 4 is for a point that is not compressed.
        let info = DER.sequence(DER.sequence(Identifier.ecPublicKey, name), DER.bits([0x04] + x + y))
        return PublicKey(kind: .ec(curve), key: try OpenSSLKey(info: info))
    }

    /// RFC 8017, appendix A.1.1.
    static func rsa(modulus: [UInt8], exponent: [UInt8]) throws -> PublicKey {
        // RFC 7518, section 6.3.1.1: some write a zero in front.
        let n = modulus.drop { $0 == 0 }
        let e = exponent.drop { $0 == 0 }
        let size = n.count * 8 - (n.first?.leadingZeroBitCount ?? 0)
        guard rsaSizes.contains(size) else {
            throw KeyFileError("“n” has \(size) bits, not \(rsaSizes.lowerBound) to \(rsaSizes.upperBound)")
        }
        // Longer ones OpenSSL does not take with every modulus.
        guard e.count <= 8, let last = e.last, last & 1 == 1, e.count > 1 || last >= 3 else {
            throw KeyFileError("“e” is not an odd number from 3 to 64 bits")
        }
        let numbers = DER.sequence(DER.integer(n), DER.integer(e))
        let info = DER.sequence(DER.sequence(Identifier.rsa, DER.null), DER.bits(numbers))
        return PublicKey(kind: .rsa, key: try OpenSSLKey(info: info))
    }

    /// RFC 8410, section 4.
    static func ed25519(_ x: [UInt8]) throws -> PublicKey {
        guard x.count == 32 else { throw KeyFileError("“x” is not 32 bytes") }
        let info = DER.sequence(DER.sequence(Identifier.ed25519), DER.bits(x))
        return PublicKey(kind: .ed25519, key: try OpenSSLKey(info: info))
    }
}
