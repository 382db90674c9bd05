package import NIOCore
package import RegistryCore

extension RegistrySettings {
    package static var openToAll: RegistrySettings {
        var settings = RegistrySettings()
        settings.access.anonymous = .push
        return settings
    }
}

// The tests do what everybody may do where everybody may do everything.
extension Registry {
    private func leave(_ operation: RegistryCore.Operation, _ name: RepositoryName) async throws -> Authorization {
        try await authorize(Caller(user: nil, address: "test"), operation, in: name)
    }

    package func push(
        _ body: UploadBody<some AsyncSequence<ByteBuffer, any Error>>, in name: RepositoryName, as digest: Digest
    ) async throws {
        try await push(body, as: digest, leave(.startUpload, name))
    }

    package func startUpload(in name: RepositoryName) async throws -> UploadSession {
        try await startUpload(leave(.startUpload, name))
    }

    package func append(
        _ body: UploadBody<some AsyncSequence<ByteBuffer, any Error>>, to id: UploadID, in name: RepositoryName
    ) async throws -> UploadSession {
        try await append(body, to: id, leave(.continueUpload, name))
    }

    package func finish(
        _ body: UploadBody<some AsyncSequence<ByteBuffer, any Error>>, to id: UploadID, in name: RepositoryName,
        as digest: Digest
    ) async throws {
        try await finish(body, to: id, as: digest, leave(.continueUpload, name))
    }

    package func upload(_ id: UploadID, in name: RepositoryName) async throws -> UploadSession {
        try await upload(id, leave(.uploadStatus, name))
    }

    package func cancel(_ id: UploadID, in name: RepositoryName) async throws {
        try await cancel(id, try await leave(.cancelUpload, name))
    }

    package func blob(_ digest: Digest, in name: RepositoryName) async throws -> BlobRecord {
        try await blob(digest, leave(.pullBlob, name))
    }
}

extension Registry {
    package func manifest(_ reference: Reference, in name: RepositoryName) async throws -> ManifestRecord {
        try await manifest(reference, leave(.pullManifest, name))
    }

    package func putManifest(
        _ content: ByteBuffer, contentType: String?, as reference: Reference, tags: [Tag], in name: RepositoryName,
        expecting precondition: ManifestPrecondition? = nil
    ) async throws -> PushedManifest {
        try await putManifest(
            content, contentType: contentType, as: reference, tags: tags, expecting: precondition,
            leave(.pushManifest, name))
    }
}
