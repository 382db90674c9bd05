public import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The bytes of a blob, or of a range of one, on their way out.
public enum BlobContent: ~Copyable, Sendable {
    /// An open file, to be sent with sendfile(2) where the connection allows it.
    case file(FileSlice)
    /// All of them, as they are few.
    case bytes(ByteBuffer)
    /// Buffers as they come, with back-pressure: the next is produced when it is asked for.
    case stream(any AsyncSequence<ByteBuffer, any Error> & Sendable)
}

/// A range of an open file. Owns the descriptor, and closes it when it goes.
public struct FileSlice: ~Copyable, Sendable {
    public let descriptor: CInt
    /// Where in the file the slice begins, in bytes.
    public let offset: Int64
    /// Bytes.
    public let length: Int64
    /// Reading it never waits for a disk, as the file is in memory (tmpfs).
    public let isInMemory: Bool

    /// Takes ownership of `descriptor`.
    public init(owning descriptor: CInt, offset: Int64, length: Int64, isInMemory: Bool = false) {
        self.descriptor = descriptor
        self.offset = offset
        self.length = length
        self.isInMemory = isInMemory
    }

    deinit { close(descriptor) }
}
