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

    package init(backend: String, key: ObjectKey) {
        self.backend = backend
        self.key = key
    }
}
