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

    private var markerName: String { client.address.prefix + "registryd-storage" }

    /// Reads the marker, or writes it where there is none. Throws what is wrong with the configuration, or with the
    /// server.
    func open() async throws {
        try await storageErrors {
            let found: String
            if let existing = try await readMarker() {
                found = existing
            } else {
                let text = "\(Self.title)\n\(Self.identity)\(UploadID())\n"
                try await client.put(markerName, .buffers([ByteBuffer(string: text)]))
                // Of two that are started at once the last one wins.
                guard let written = try await readMarker() else {
                    throw StorageError(
                        .failed, "\(markerName) was written to \(client.address.bucket) and is not there")
                }
                found = written
            }
            installation.withLock { $0 = found }
            logger.debug(
                "S3 storage", metadata: ["bucket": "\(client.address)", "installation": "\(found)"])
        }
    }

    func ready() async throws {
        guard installation.withLock({ $0 != nil }) else { return try await open() }
        try await storageErrors {
            guard try await client.size(of: markerName) != nil else {
                throw StorageError(
                    .unavailable,
                    "\(markerName) is gone from bucket \(client.address.bucket): is it another bucket now?")
            }
        }
    }

    /// The installation's id; nil: there is no marker.
    private func readMarker() async throws -> String? {
        guard let bytes = try await client.document(markerName) else { return nil }
        let lines = String(buffer: bytes).split(separator: "\n")
        guard lines.count == 2, lines[0] == Self.title, lines[1].hasPrefix(Self.identity),
            let id = UploadID(lines[1].dropFirst(Self.identity.count))
        else {
            throw StorageError(
                .failed,
                "\(markerName) in bucket \(client.address.bucket) is not what this release of registryd writes there"
            )
        }
        return id.description
    }
}
