import Synchronization

/// How many bytes of all uploads of a storage wait to be written or are being written.
///
/// An upload may run ahead of the disk by ``FileUpload/room``. On a slow disk all of them do, and hundreds of them come to more
/// than a server may take: beyond the limit each waits for its own writes.
final class UploadMemory: Sendable {
    private let bytes = Atomic(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    var used: Int { bytes.load(ordering: .relaxed) }

    var isScarce: Bool { used > limit }

    func take(_ count: Int) { bytes.add(count, ordering: .relaxed) }

    func give(_ count: Int) { bytes.subtract(count, ordering: .relaxed) }
}
