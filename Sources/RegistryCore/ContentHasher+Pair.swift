internal import COpenSSL
internal import CSHA256
package import NIOCore

// A part that is sent to an S3 server is signed with a hash of its own, beside that of the blob.
extension ContentHasher {
    /// Whether two SHA-256 over the same bytes take hardly more time than one: the processor has instructions for it.
    package static let pairsAreCheap = registryd_sha256_pair_is_supported()

    /// ``update(_:)`` of this one and of `other` with the same bytes.
    package mutating func update(_ bytes: ByteBuffer, and other: inout ContentHasher) {
        bytes.withUnsafeReadableBytes { bytes in
            guard let openBlock, openBlock == other.openBlock else { return updateBoth(&other, bytes[...]) }
            // Up to the end of the block that is open in both, whole blocks, and what is left.
            let begun = min(bytes.count, (64 - openBlock) % 64)
            let whole = begun + (bytes.count - begun) / 64 * 64
            updateBoth(&other, bytes[..<begun])
            let isDone = Self.updatePair(&self, &other, bytes[begun..<whole])
            updateBoth(&other, bytes[(isDone ? whole : begun)...])
        }
    }

    private mutating func updateBoth(_ other: inout ContentHasher, _ bytes: Slice<UnsafeRawBufferPointer>) {
        let bytes = UnsafeRawBufferPointer(rebasing: bytes)
        update(bytes)
        other.update(bytes)
    }

    /// Bytes of a block of SHA-256 that is not complete; nil: it is another hash.
    private var openBlock: Int? {
        guard case .sha256(let c) = context else { return nil }
        return Int(c.num)
    }

    /// Whole blocks, where none is open. False: it must be done one after the other.
    private static func updatePair(
        _ first: inout ContentHasher,
        _ second: inout ContentHasher,
        _ blocks: Slice<UnsafeRawBufferPointer>
    ) -> Bool {
        guard pairsAreCheap, !blocks.isEmpty, case .sha256(var a) = first.context, case .sha256(var b) = second.context
        else { return false }
        withUnsafeMutableBytes(of: &a.h) { a in
            withUnsafeMutableBytes(of: &b.h) { b in
                registryd_sha256_pair(
                    a.bindMemory(to: UInt32.self).baseAddress, b.bindMemory(to: UInt32.self).baseAddress,
                    UnsafeRawBufferPointer(rebasing: blocks).baseAddress, blocks.count / 64)
            }
        }
        a.count(blocks.count)
        b.count(blocks.count)
        first.context = .sha256(a)
        second.context = .sha256(b)
        return true
    }
}

extension SHA256_CTX {
    /// So many bytes more are hashed. It counts their bits.
    fileprivate mutating func count(_ bytes: Int) {
        let bits = (UInt64(Nh) << 32 | UInt64(Nl)) + UInt64(bytes) * 8
        Nh = UInt32(bits >> 32)
        Nl = UInt32(truncatingIfNeeded: bits)
    }
}
