/// The few blobs that all clients of a run push, so that they meet.
struct ModelContents: Sendable {
    /// The last takes several parts on S3.
    private static let sizes = [0, 2, 10, 100, 1000, 2000, 5000, 20_000, 30_000, 60_000, 100_000, 300_000, 6 << 20]
    /// Of those that are pushed under their SHA-512, too, and so are other blobs.
    private static let doubled: Set<Int> = [2, 2000, 60_000, 6 << 20]

    let byDigest: [String: [UInt8]]
    /// In order.
    let digests: [String]

    init(seed: UInt64) {
        var random = ModelGenerator(seed: seed, stream: 1000)
        let contents = Self.sizes.map { size in
            [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                for index in 0..<size { buffer[index] = UInt8(truncatingIfNeeded: random.next()) }
                count = size
            }
        }
        let doubled = contents.filter { Self.doubled.contains($0.count) }
        digests = contents.map(sha256) + doubled.map(sha512)
        byDigest = Dictionary(uniqueKeysWithValues: zip(digests, contents + doubled))
    }

    subscript(digest: String) -> [UInt8] { byDigest[digest] ?? [] }

    func descriptor(_ digest: String, _ mediaType: String) -> Descriptor {
        Descriptor(mediaType: mediaType, digest: digest, size: self[digest].count)
    }
}
