/// What backups and what makes a database anew from objects read and write.
///
/// A part of ``MetadataStore``: see there for what its calls promise.
package protocol BackupStore: Sendable {
    /// Writes everything that is committed now into the empty file at `path`, as a database of its own. Others write meanwhile.
    /// Needs room for another database there; does not wait for the disk.
    func snapshot(to path: String) async throws

    /// Since when somebody looks after snapshots of this database: `time`, if this is the first call ever.
    func backedUpSince(_ time: Timestamp) async throws -> Timestamp

    /// When this database was restored from a snapshot, or otherwise came to know less than is there; nil: it never was, or somebody
    /// has said since that it speaks of everything.
    func restored() async throws -> Timestamp?

    /// There may be objects that it ought to know. An earlier time counts on.
    func noteRestored(at time: Timestamp) async throws

    /// Somebody says so.
    func forgetRestored() async throws

    /// Makes blobs known whose bytes are in these objects of `backend`, which no row speaks of. They are in no repository. Of a
    /// blob that is known already this is another place; or, if its object on the backend is known to be damaged, one in place of that;
    /// unless it has a good one there, or another size.
    func rebuild(_ blobs: [RebuiltBlob], on backend: String, at time: Timestamp) async throws -> RebuildCounts
}

/// A blob that an object seems to hold.
package struct RebuiltBlob: Sendable, Hashable {
    package var digest: Digest
    package var object: StoredObject

    package init(digest: Digest, object: StoredObject) {
        self.digest = digest
        self.object = object
    }
}

/// What became of objects that no row spoke of.
package struct RebuildCounts: Sendable, Hashable {
    /// Blobs that nothing was known of.
    package var blobs = BlobCount()
    /// Blobs that were known, and not to be there.
    package var places = BlobCount()
    /// Blobs whose object there was damaged.
    package var replaced = BlobCount()
    /// Objects of blobs that have another one there.
    package var spare = 0
    /// Objects that have not the size of their blob.
    package var wrongSizes = 0

    package init() {}

    package static func += (a: inout RebuildCounts, b: RebuildCounts) {
        a.blobs.blobs += b.blobs.blobs
        a.blobs.bytes += b.blobs.bytes
        a.places.blobs += b.places.blobs
        a.places.bytes += b.places.bytes
        a.replaced.blobs += b.replaced.blobs
        a.replaced.bytes += b.replaced.bytes
        a.spare += b.spare
        a.wrongSizes += b.wrongSizes
    }
}
