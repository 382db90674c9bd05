internal import COpenSSL
package import NIOCore

/// The hash of a blob as its bytes come, whose state can be saved in an upload's row and taken up again.
///
/// OpenSSL's low-level contexts are plain structs, so the state is theirs, in an encoding of our own: the layout in memory
/// belongs to one build of one library, a row outlives both.
package struct ContentHasher {
    enum Context {
        case sha256(SHA256_CTX)
        case sha512(SHA512_CTX)
    }
    var context: Context

    package init(_ algorithm: Digest.Algorithm) {
        switch algorithm {
        case .sha256:
            var c = SHA256_CTX()
            SHA256_Init(&c)
            context = .sha256(c)
        case .sha512:
            var c = SHA512_CTX()
            SHA512_Init(&c)
            context = .sha512(c)
        }
    }

    package var algorithm: Digest.Algorithm {
        switch context {
        case .sha256: .sha256
        case .sha512: .sha512
        }
    }

    package mutating func update(_ bytes: ByteBuffer) {
        bytes.withUnsafeReadableBytes { update($0) }
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch context {
        case .sha256(var c):
            SHA256_Update(&c, bytes.baseAddress, bytes.count)
            context = .sha256(c)
        case .sha512(var c):
            SHA512_Update(&c, bytes.baseAddress, bytes.count)
            context = .sha512(c)
        }
    }

    /// The digest of everything so far. More may follow.
    package var digest: Digest {
        var hash = [UInt8](repeating: 0, count: algorithm.hexLength / 2)
        switch context {
        case .sha256(var c): SHA256_Final(&hash, &c)
        case .sha512(var c): SHA512_Final(&hash, &c)
        }
        return Digest(algorithm, bytes: hash)
    }
}

// The saved state, all integers big-endian:
//
//     1 byte     version, 1
//     1 byte     algorithm: 1 sha256, 2 sha512
//     8 words    the chaining value (FIPS 180-4, H(i)); 4 bytes each for sha256, 8 for sha512
//     8 bytes    message bytes hashed so far, those of the open block included
//     rest       the open block: 0 to 63 bytes for sha256, 0 to 127 for sha512
extension ContentHasher {
    /// The state after what was hashed so far.
    package var saved: [UInt8] {
        var out: [UInt8] = [1]
        switch context {
        case .sha256(let c):
            out.append(1)
            withUnsafeBytes(of: c.h) { $0.bindMemory(to: UInt32.self).forEach { out.append(bigEndian: $0) } }
            out.append(bigEndian: (UInt64(c.Nh) << 32 | UInt64(c.Nl)) / 8)
            withUnsafeBytes(of: c.data) { out.append(contentsOf: $0.prefix(Int(c.num))) }
        case .sha512(let c):
            out.append(2)
            withUnsafeBytes(of: c.h) { $0.bindMemory(to: UInt64.self).forEach { out.append(bigEndian: $0) } }
            out.append(bigEndian: UInt64(c.Nh) << 61 | UInt64(c.Nl) >> 3)
            withUnsafeBytes(of: c.u) { out.append(contentsOf: $0.prefix(Int(c.num))) }
        }
        return out
    }

    /// Goes on from a saved state; nil: it is not one.
    package init?(saved: [UInt8]) {
        var rest = saved[...]
        guard rest.popFirst() == 1, let kind = rest.popFirst() else { return nil }
        switch kind {
        case 1:
            self.init(.sha256)
            guard case .sha256(var c) = context else { return nil }
            let words = (0..<8).compactMap { _ in rest.popBigEndian(UInt32.self) }
            guard words.count == 8, let count = rest.popBigEndian(UInt64.self), rest.count == Int(count % 64) else {
                return nil
            }
            withUnsafeMutableBytes(of: &c.h) { words.withUnsafeBytes($0.copyMemory(from:)) }
            c.Nl = UInt32(truncatingIfNeeded: count << 3)
            c.Nh = UInt32(truncatingIfNeeded: count >> 29)
            withUnsafeMutableBytes(of: &c.data) { $0.copyBytes(from: rest) }
            c.num = UInt32(rest.count)
            context = .sha256(c)
        case 2:
            self.init(.sha512)
            guard case .sha512(var c) = context else { return nil }
            let words = (0..<8).compactMap { _ in rest.popBigEndian(UInt64.self) }
            guard words.count == 8, let count = rest.popBigEndian(UInt64.self), rest.count == Int(count % 128) else {
                return nil
            }
            withUnsafeMutableBytes(of: &c.h) { words.withUnsafeBytes($0.copyMemory(from:)) }
            c.Nl = count << 3
            c.Nh = count >> 61
            withUnsafeMutableBytes(of: &c.u) { $0.copyBytes(from: rest) }
            c.num = UInt32(rest.count)
            context = .sha512(c)
        default:
            return nil
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}

extension ArraySlice<UInt8> {
    fileprivate mutating func popBigEndian<T: FixedWidthInteger>(_: T.Type) -> T? {
        guard count >= MemoryLayout<T>.size else { return nil }
        let value = prefix(MemoryLayout<T>.size).reduce(T.zero) { $0 << 8 | T(truncatingIfNeeded: $1) }
        self = dropFirst(MemoryLayout<T>.size)
        return value
    }
}
