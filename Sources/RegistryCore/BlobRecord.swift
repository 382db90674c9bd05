/// A stored blob and where its bytes are.
package struct BlobRecord: Sendable, Hashable {
    package var digest: Digest
    /// Bytes.
    package var size: Int64
    /// At least one.
    package var locations: [BlobLocation]
    /// Of the repository that it was read in.
    package var visibility: Visibility
    /// When somebody last pushed or mounted it, or asked for it near the end of its grace.
    package var touched: Timestamp

    /// No good copy of it is known: it is to be pushed again, or mended.
    package var isDamaged: Bool { locations.allSatisfy(\.isDamaged) }

    package init(
        digest: Digest,
        size: Int64,
        locations: [BlobLocation],
        visibility: Visibility,
        touched: Timestamp
    ) {
        self.digest = digest
        self.size = size
        self.locations = locations
        self.visibility = visibility
        self.touched = touched
    }
}

package struct BlobLocation: Sendable, Hashable {
    /// The backend's name in the configuration.
    package var backend: String
    package var key: ObjectKey
    /// Its bytes are known not to be the blob's any more: nobody reads them.
    package var isDamaged: Bool

    package init(backend: String, key: ObjectKey, isDamaged: Bool = false) {
        self.backend = backend
        self.key = key
        self.isDamaged = isDamaged
    }
}
