import Logging
import NIOCore
import RegistryCore
import Synchronization

// The object that says whose storage this is:
//
//     registryd s3 storage, layout 1
//     installation 4c2f0e7a-…
extension S3Storage {
    private static let title = "registryd s3 storage, layout 1"
    private static let identity = "installation "

    var markerName: String { client.address.markerName }

    var installation: StorageInstallation? {
        opened.withLock { $0 }.map {
            StorageInstallation(id: $0, place: "\(markerName) in bucket \(client.address.bucket)")
        }
    }

    /// Reads the marker, or writes it where there is none. Throws what is wrong with the configuration, or with the
    /// server: `misconfigured` what somebody has to mend, `unavailable` what may pass.
    ///
    /// - Parameter client: With the patience to do it with; nil: the storage's own.
    func open(with client: S3Client? = nil) async throws {
        let client = client ?? self.client
        try await storageErrors {
            let found: String
            if let existing = try await readMarker(client) {
                found = existing
            } else {
                // Who knows nothing of a marker may know nothing of S3.
                try await client.confirm()
                guard let newInstallation else {
                    throw StorageError(
                        .misconfigured,
                        "bucket \(client.address.bucket) has no \(markerName), and blobs of this registry ought to be there: "
                            + "correct `bucket` and `prefix`. Should they be lost, `registryd rebuild` makes a new storage there"
                    )
                }
                let text = "\(Self.title)\n\(Self.identity)\(newInstallation)\n"
                try await client.put(markerName, .buffers([ByteBuffer(string: text)]))
                // Of two that are started at once the last one wins.
                guard let written = try await readMarker(client) else {
                    throw StorageError(
                        .failed, "\(markerName) was written to \(client.address.bucket) and is not there")
                }
                found = written
            }
            opened.withLock { $0 = found }
            logger.debug(
                "S3 storage", metadata: ["bucket": "\(client.address)", "installation": "\(found)"])
        }
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

    private var isOpen: Bool { opened.withLock { $0 != nil } }

    func ready() async throws {
        guard let known = opened.withLock({ $0 }) else { return try await open(with: client.hurried()) }
        try await storageErrors {
            let bucket = client.address.bucket
            guard let found = try await readMarker(client) else {
                throw StorageError(
                    .unavailable, "\(markerName) is gone from bucket \(bucket): is it another bucket now?")
            }
            // Two registries that were started at once on an empty bucket: the other one was the last.
            guard found == known else {
                throw StorageError(
                    .unavailable,
                    "\(markerName) in bucket \(bucket) says that it is another storage now: installation \(found), it was "
                        + known)
            }
        }
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

extension BucketAddress {
    var markerName: String { prefix + "registryd-storage" }
}
