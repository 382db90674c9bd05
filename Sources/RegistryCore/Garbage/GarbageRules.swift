/// When something goes that nobody needs.
package struct GarbageRules: Sendable, Hashable {
    /// How often the server looks; nil: never.
    package var interval: Duration? = .seconds(3600)
    /// How long nobody must have touched a blob that no manifest needs. A client that pushes an image tells of its layers first,
    /// and this is the time that it has until the manifest.
    package var grace = Duration.seconds(24 * 3600)
    /// How long manifests may be untagged; nil: for ever.
    package var untagged: Duration?

    package init() {}
}

/// What a collection removed.
package struct GarbageReport: Sendable, Hashable {
    /// Upload sessions that nobody went on with.
    package var uploads = 0
    package var manifests = 0
    package var blobs = 0
    /// Of those blobs.
    package var bytes: Int64 = 0
    /// Objects that no row knew, and that are to go.
    package var orphans = 0
    /// Objects that no row knows, and that have not been known to be so for long enough.
    package var youngOrphans = 0
    /// Objects whose bytes were deleted: of these blobs, of blobs before, and orphans.
    package var objects = 0
    /// Objects that could not be deleted, and are tried again later.
    package var failed = 0
    /// Why, of one of them.
    package var failure: String?
    /// Backends whose objects were to be listed and could not be: why not.
    package var unlisted: [String: String] = [:]
    /// When the database was restored, if objects that no row knows stay for that.
    package var restored: Timestamp?
    /// When the next of those goes that somebody may still be reading.
    package var nextDue: Timestamp?

    package init() {}

    /// Whether it has changed anything.
    package var isEmpty: Bool { uploads + manifests + blobs + orphans + objects == 0 }
}

/// Something that a collection would remove, or note.
package enum Garbage: Sendable, Hashable {
    case upload(UploadSession)
    case manifest(GarbageManifest)
    case blob(GarbageBlob)
    /// An object that no row knows, and did not when it was first seen, longer ago than the grace.
    case orphan(StoredObject, backend: String, seen: Timestamp)
    /// One that is only noted, as it is first seen now, or was not long enough ago.
    case youngOrphan(StoredObject, backend: String, seen: Timestamp?)
}
