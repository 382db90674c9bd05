/// What an operation of the registry refuses, and why. The HTTP layer turns it into a status and the specification's error body.
package struct RegistryError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        // Names and digests that are none
        case nameInvalid, tagInvalid, digestInvalid
        // Things that are not there, or not for this caller
        case nameUnknown, manifestUnknown, blobUnknown, uploadUnknown
        // Manifests
        case manifestInvalid, manifestTooLarge
        /// A manifest names what its repository does not have; `subjects` lists the digests.
        case manifestBlobUnknown
        /// What the client expected of the reference that it pushes to does not hold.
        case preconditionFailed
        // Uploads
        case sizeInvalid, blobTooLarge
        /// A chunk that does not begin where the last one ended; `offset` says where that is.
        case chunkOutOfOrder
        /// Another request is at work on the same upload session.
        case uploadBusy
        /// A blob that cannot go while a manifest in the repository needs it.
        case blobNeeded
        // Requests
        case requestInvalid, routeUnknown, methodUnsupported, rangeUnsatisfiable, headersTooLarge, requestTimeout,
            denied
        /// Credentials are missing, wrong, or not enough; `challenge` says what the client is to do.
        case unauthorized
        /// The client asks for too much at once: it is to come back later.
        case tooManyRequests
        /// Whatever would be written, while the configuration says so.
        case readOnly
        // The server's own troubles
        case unavailable, slowDown, full, failed
    }

    package var code: Code
    package var message: String
    /// What the error is about where that is more than one thing: each gets an entry in the error body.
    package var subjects: [String] = []
    /// How many bytes an upload session has, for `chunkOutOfOrder`.
    package var offset: Int64?
    /// For `unauthorized`.
    package var challenge: Challenge?
    package var cause: (any Error)?

    package init(
        _ code: Code,
        _ message: String,
        subjects: [String] = [],
        offset: Int64? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.subjects = subjects
        self.offset = offset
        self.cause = cause
    }

    package var description: String { cause.map { "\(message): \($0)" } ?? message }
}

extension RegistryError {
    /// The error as clients are to see it, whatever was thrown below.
    package init(_ error: any Error) {
        switch error {
        case let error as RegistryError:
            self = error
        case let error as StorageError:
            self =
                switch error.code {
                case .full:
                    RegistryError(
                        .full, "\(error.reason ?? "the storage is full"); it takes pushes again when there is room",
                        cause: error)
                case .tooLarge: RegistryError(.blobTooLarge, error.message, cause: error)
                case .unavailable:
                    RegistryError(
                        .unavailable, "\(error.reason ?? "the storage is not available"); try again later", cause: error
                    )
                case .slowDown: RegistryError(.slowDown, "the storage asks to slow down; try again later", cause: error)
                case .checkpointLost:
                    RegistryError(.unavailable, "the storage lost the upload; push it again", cause: error)
                case .objectMissing, .objectDamaged, .misconfigured, .failed:
                    RegistryError(.failed, "the storage failed", cause: error)
                }
        case let error as MetadataError:
            self =
                switch error.code {
                case .full:
                    RegistryError(
                        .full, "the disk of the registry's database is full; it takes pushes again when there is room",
                        cause: error)
                case .unavailable:
                    RegistryError(
                        .unavailable, "the registry's database is locked, or cannot be written; try again later",
                        cause: error)
                case .failed: RegistryError(.failed, "the database failed", cause: error)
                }
        default:
            self = RegistryError(.failed, "internal error", cause: error)
        }
    }
}
