import NIOCore
import RegistryCore

/// An upload that a request feeds. What fills a part is sent while the next is received.
///
/// A part is sent once a byte comes that does not belong to it any more, so that there is always a last one: a blob
/// of a part's length or less is one object, stored in one request at the end.
final class S3Upload: BlobUpload {
    /// Parts of one upload that are sent at once.
    private static let mostFlights = 4

    let storage: S3Storage
    let plan: UploadPlan
    let tail: PartTail
    let partSize: Int64
    /// With the ETags of the parts that have arrived; nil: none was begun.
    var multipart: S3Checkpoint.Multipart?
    /// Parts that are under way, the first one sent first.
    private var flights: [Task<String, any Error>] = []
    /// The SHA-256 of the part that waits to be sent, if the registry has told.
    private var partDigest: Digest?
    private var failure: (any Error)?
    private var isOver = false

    init(
        _ storage: S3Storage,
        _ plan: UploadPlan,
        _ tail: PartTail,
        partSize: Int64,
        multipart: S3Checkpoint.Multipart? = nil
    ) {
        self.storage = storage
        self.plan = plan
        self.tail = tail
        self.partSize = partSize
        self.multipart = multipart
    }

    deinit { cancel() }

    var partLength: Int64? { partSize }

    var hashesParts: Bool { storage.client.signsPayloads }

    func ended(part digest: Digest) {
        if tail.count == partSize { partDigest = digest }
    }

    /// Bytes so far.
    var offset: Int64 { Int64((multipart?.etags.count ?? 0) + flights.count) * partSize + tail.count }

    func append(_ bytes: ByteBuffer) async throws {
        try check()
        try await noting {
            var rest = bytes
            while rest.readableBytes > 0 {
                let room = partSize - tail.count
                guard room > 0 else {
                    try await send(try await tail.take())
                    continue
                }
                // A large piece is not to keep more in memory than the budget knows of.
                let count = Int(min(Int64(rest.readableBytes), room))
                guard let piece = rest.readSlice(length: count) else { return }
                try await tail.append(piece, partSize: expectedPart)
            }
        }
    }

    func checkpoint() async throws -> UploadCheckpoint {
        try check()
        return try await noting {
            try await land()
            let (generation, stamp, length) = try await tail.save()
            return S3Checkpoint(
                partSize: partSize, multipart: multipart, generation: generation, stamp: stamp, spooled: length
            ).checkpoint
        }
    }

    func commit(as digest: Digest) async throws -> StoredObject {
        try check()
        isOver = true
        do {
            return try await storage.live.during(tail) { try await store(as: digest) }
        } catch {
            cancel()
            throw StorageError(error)
        }
    }

    func abort() async throws {
        isOver = true
        cancel()
        // Not what a later request has.
        guard storage.live.isCurrent(tail) else { return }
        await storage.live.evict(plan.id)
        do { try await storage.end(plan, multipart) } catch { throw StorageError(error) }
    }

    /// What the part that is being received will come to, in bytes.
    private var expectedPart: Int64 {
        guard let length = plan.length else { return partSize }
        return max(tail.count, min(partSize, length - (offset - tail.count)))
    }

    /// Lets a part go; returns when there is room for another.
    func send(_ content: PartTail.Content) async throws {
        while flights.count >= Self.mostFlights { try await landFirst() }
        let multipart = try await storage.live.during(tail) { try await begin() }
        let number = multipart.etags.count + flights.count + 1
        guard number <= S3Client.largestPartNumber else {
            throw StorageError(
                .tooLarge,
                """
                upload \(plan.id) has come to \(number - 1) parts of \(partSize) bytes, and S3 takes no more; \
                push it in one request that says its length, or set a larger `part-size`
                """
            )
        }
        let (client, live, id) = (storage.client, storage.live, plan.id)
        let digest = partDigest
        partDigest = nil
        let name = storage.name(of: multipart.key)
        try live.begin(tail)
        flights.append(
            Task {
                defer {
                    withExtendedLifetime(content.lease) {}
                    live.end(id)
                }
                return try await client.uploadPart(number, of: name, multipart.uploadID, content.body, digest: digest)
            })
    }

    /// The multipart upload, which is begun if it was not.
    private func begin() async throws -> S3Checkpoint.Multipart {
        if let multipart { return multipart }
        let begun = try await storage.beginMultipart(plan)
        multipart = begun
        return begun
    }

    private func landFirst() async throws {
        guard let flight = flights.first else { return }
        let etag = try await flight.value
        flights.removeFirst()
        multipart?.etags.append(etag)
    }

    /// Returns when the server has all parts.
    func land() async throws {
        while !flights.isEmpty { try await landFirst() }
    }

    private func cancel() {
        for flight in flights { flight.cancel() }
    }

    private func check() throws {
        if let failure { throw failure }
        if isOver { throw StorageError(.failed, "upload \(plan.id) is over") }
    }

    private func noting<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let error as CancellationError {
            failure = error
            throw error
        } catch {
            let error = StorageError(error)
            failure = error
            throw error
        }
    }
}
