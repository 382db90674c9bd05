public import NIOCore
public import RegistryCore

/// How a case comes by the storage it tries.
public protocol StorageFixture: Sendable {
    /// A storage with nothing in it, which no other case uses.
    func make() async throws -> any BlobStorage

    /// What a new process finds where `storage` was, after the old one was killed: a new instance over the same bytes. The old
    /// one is not used again; a fixture waits until whatever it still does in the background is done, or stops it.
    func reopen(_ storage: any BlobStorage) async throws -> any BlobStorage

    /// Whether anything is there after ``reopen(_:)``. A storage that lives in memory says false; it must then say
    /// `checkpointLost` and `objectMissing` of what it had before.
    var isPersistent: Bool { get }

    /// What a client gets that is sent to `url`, with a Range of `range` or without. Only asked of a storage that gives out
    /// URLs.
    func fetch(_ url: ObjectURL, _ range: Range<Int64>?) async throws -> ByteBuffer
}

extension StorageFixture {
    public var isPersistent: Bool { true }

    public func fetch(_ url: ObjectURL, _ range: Range<Int64>?) async throws -> ByteBuffer {
        throw StorageError(.failed, "the storage gives out URLs, and its fixture does not fetch them")
    }
}
