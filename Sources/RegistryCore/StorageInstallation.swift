/// Whose part of a folder or a bucket a storage is. It says so itself, in a mark that it has had since it was made, so that no
/// two databases take it for theirs.
public struct StorageInstallation: Sendable, Hashable {
    /// A UUID, and no other storage's.
    public var id: String
    /// Where the mark is, for people: a file, an object.
    public var place: String

    public init(id: String, place: String) {
        self.id = id
        self.place = place
    }
}

extension BlobStorage {
    public var installation: StorageInstallation? { nil }
}
