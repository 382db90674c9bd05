import Logging
import NIOCore
import RegistryCore

// The object that says whose storage this is:
//
//     registryd s3 storage, layout 1
//     installation 4c2f0e7a-…
extension S3Storage {
    private static let title = "registryd s3 storage, layout 1"
    private static let identity = "installation "

    var markerName: String { client.address.markerName }

    var installation: StorageInstallation? {
        opening.withLock { $0.installation }.map {
            StorageInstallation(id: $0, place: "\(markerName) in bucket \(client.address.bucket)")
        }
    }

    private var isOpen: Bool { opening.withLock { $0.isOpen } }

    /// Reads the marker, or writes it where there is none, and asks whether it is the right one. Throws what is wrong with the
    /// configuration, or with the server: `misconfigured` what somebody has to mend, `unavailable` what may pass.
    ///
    /// - Parameter client: With the patience to do it with; nil: the storage's own.
    func open(with client: S3Client? = nil) async throws {
        let client = client ?? self.client
        let known = opening.withLock { $0.installation }
        let found = try await storageErrors {
            if let existing = try await readMarker(client) { return existing }
            guard known == nil else { throw markerGone }
            return try await makeMarker(client)
        }
        // Who was open as one storage is that one for good.
        if known == nil { try await admit(candidate(found)) }
        try opening.withLock { state in
            if let known = state.installation, known != found { throw replaced(known, by: found) }
            state.installation = found
            state.isOpen = true
        }
        logger.debug("S3 storage", metadata: ["bucket": "\(client.address)", "installation": "\(found)"])
    }

    /// Throws unless it is open, as `unavailable` whatever the reason: it may be another's, whose objects are not ours to look for. A
    /// storage that is not is tried first, once for all who ask at a time; one that is costs no request.
    func checkOpen() async throws {
        let attempt: Task<Void, any Error>? = opening.withLock { state in
            if state.isOpen { return nil }
            if let running = state.attempt { return running }
            let attempt = Task {
                defer { opening.withLock { $0.attempt = nil } }
                try await open(with: client.hurried())
            }
            state.attempt = attempt
            return attempt
        }
        do {
            try await attempt?.value
        } catch {
            var error = StorageError(error)
            if error.code != .slowDown { error.code = .unavailable }
            throw error
        }
    }

    private func makeMarker(_ client: S3Client) async throws -> String {
        // Who knows nothing of a marker may know nothing of S3.
        try await client.confirm()
        guard let newInstallation else {
            throw StorageError(
                .misconfigured,
                "bucket \(client.address.bucket) has no \(markerName), and blobs of this registry ought to be there: "
                    + "correct `bucket` and `prefix`. Should they be lost, `registryd rebuild` makes a new storage there"
            )
        }
        let text = ByteBuffer(string: "\(Self.title)\n\(Self.identity)\(newInstallation)\n")
        do {
            try await client.put(markerName, .buffers([text]), unlessThere: true)
        } catch let error as S3Error where error.status == 409 || error.status == 412 {
            // Another one that was started at the same time was faster.
        } catch let error as S3Error where error.status == 501 {
            try await client.put(markerName, .buffers([text]))
        }
        // Where the server knows no conditions the last one wins.
        guard let written = try await readMarker(client) else {
            throw StorageError(.failed, "\(markerName) was written to \(client.address.bucket) and is not there")
        }
        return written
    }

    /// Goes on until it is open: registry and S3 server may have been switched on together.
    func openLater() {
        let time = client.time
        Task { [weak self] in
            var pause = Duration.seconds(1)
            while self?.isOpen == false {
                try await time.pause(pause)
                pause = min(pause * 2, .seconds(30))
                do {
                    if let self { try await open(with: client.hurried()) }
                    self?.logger.notice("the S3 server answers now")
                } catch {
                    self?.logger.error("the S3 storage cannot be used yet", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    func ready() async throws {
        guard isOpen, let known = opening.withLock({ $0.installation }) else {
            return try await open(with: client.hurried())
        }
        try await storageErrors {
            let found = try await readMarker(client)
            guard found != known else { return }
            // What is stored there now would be another's, and what is not there is not lost.
            opening.withLock { $0.isOpen = false }
            guard let found else { throw markerGone }
            // Perhaps of two registries that were started at once on an empty bucket: the other one was the last.
            throw replaced(known, by: found)
        }
    }

    private var markerGone: StorageError {
        StorageError(
            .unavailable, "\(markerName) is gone from bucket \(client.address.bucket): is it another bucket now?")
    }

    private func replaced(_ known: String, by found: String) -> StorageError {
        StorageError(
            .unavailable,
            "\(markerName) in bucket \(client.address.bucket) says that it is another storage now: installation "
                + "\(found), it was \(known)")
    }

    func diagnose() async -> [Finding] { await S3Diagnosis(client, redirect: redirect).findings() }

    /// The installation's id; nil: there is no marker.
    private func readMarker(_ client: S3Client) async throws -> String? {
        do {
            guard let bytes = try await client.document(markerName) else { return nil }
            if let id = Self.installation(bytes) { return id }
        } catch var error as S3Error where error.isForeign {
            error.code = S3Error.notS3
            throw error
        }
        try await client.confirm()
        throw StorageError(
            .failed,
            "\(markerName) in bucket \(client.address.bucket) is not what this release of registryd writes there"
        )
    }

    /// What the marker says; nil: it is none.
    static func installation(_ marker: ByteBuffer) -> String? {
        let lines = String(buffer: marker).split(separator: "\n")
        guard lines.count == 2, lines[0] == title, lines[1].hasPrefix(identity) else { return nil }
        return UploadID(lines[1].dropFirst(identity.count))?.description
    }
}

/// What is known of the mark.
struct Opening {
    /// The installation's id, once it was read and found to be the right one; nil: not yet.
    var installation: String?
    /// It was there when it was looked at last.
    var isOpen = false
    /// Looks at it.
    var attempt: Task<Void, any Error>?
}

extension BucketAddress {
    var markerName: String { prefix + "registryd-storage" }
}
